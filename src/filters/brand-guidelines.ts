import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Filter } from '../core/model/extension.ts';
import type { Guidelines } from './brand-file.ts';
import { createDetection } from './detecting-filter.ts';
import { createFilter, type Side } from './sides.ts';

export interface BrandGuidelinesOptions {
  /** JSON: `words`, `patterns`, `mode`, `message`. Read again when it changes. */
  readonly file: string;
  /** Default `args`. */
  readonly on?: readonly Side[];
}

/**
 * Refuses, or takes out, the words and patterns of a file. Rejects with CONFIG_INVALID where the file cannot be used
 * now; an edit that breaks it later denies calls until it is mended.
 */
export async function brandGuidelines({
  file,
  on = ['args'],
}: BrandGuidelinesOptions): Promise<Filter> {
  const name = 'brand_guidelines';
  const current = createReader(resolve(file));
  await current();
  return createFilter(name, on, async (value, side) => {
    const { mode, message, detectors } = await current();
    const detect = createDetection({ name, mode, message, load: async () => ({ detectors }) });
    return detect(value, side);
  });
}

const maxFileBytes = 1_048_576;

/** Looks at the file at every use, and reads it where it is another one than before. */
function createReader(path: string): () => Promise<Guidelines> {
  let known: { readonly state: string; readonly guidelines: Guidelines } | undefined;
  return async () => {
    // gone or unreadable: the read below says so
    const found = await stat(path, { bigint: true }).catch(() => undefined);
    const state = `${found?.ino}:${found?.size}:${found?.mtimeNs}:${found?.ctimeNs}`;
    if (found !== undefined && known?.state === state) return known.guidelines;
    const [{ readSteady }, { parseGuidelines }] = await Promise.all([
      import('../files/read-steady.ts'),
      import('./brand-file.ts'),
    ]);
    const bounds = {
      maxBytes: maxFileBytes,
      invalid: 'CONFIG_INVALID',
      unsafe: 'CONFIG_INVALID',
    } as const;
    const guidelines = parseGuidelines(path, await readSteady(path, bounds));
    known = { state, guidelines };
    return guidelines;
  };
}
