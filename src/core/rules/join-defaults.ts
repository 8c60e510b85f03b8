import type { Defaults } from './decide.ts';
import type { ReadFile } from './read-file.ts';

/** The strictest of all files. */
export function joinDefaults(files: readonly Pick<ReadFile, 'source'>[]): Defaults {
  const all = files.map(({ source }) => source?.defaults);
  const approvals = all.map((defaults) => defaults?.approval).filter(isGiven);
  const onErrors = all.map((defaults) => defaults?.on_error).filter(isGiven);
  return { approval: strictest(approvals), onError: strictest(onErrors) };
}

function isGiven<T>(value: T | undefined): value is T {
  return value !== undefined;
}

function strictest(given: readonly ('deny' | 'require_review')[]): 'deny' | 'review' {
  return given.length > 0 && !given.includes('deny') ? 'review' : 'deny';
}
