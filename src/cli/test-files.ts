import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { testSchema } from '../core/rules/test-source.ts';
import { readJsonFile } from './json-file.ts';

/** A file of tests beside the rules: what the whole set must say, of no rule in particular. */
const testFileSchema = z.strictObject({
  description: z.string().optional(),
  tests: z.array(testSchema.extend({ name: z.string().optional() })),
});
export type TestFile = z.output<typeof testFileSchema> & { readonly file: string };

/** The `*.tests.json` of a rules folder; none beside a single file. */
export async function readTestFiles(path: string, cwd: string): Promise<readonly TestFile[]> {
  const folder = resolve(cwd, path);
  if (!(await stat(folder)).isDirectory()) return [];
  const names = (await readdir(folder)).filter(
    (name) => name.toLowerCase().endsWith('.tests.json') && !name.startsWith('.'),
  );
  return Promise.all(
    names.toSorted().map(async (file) => {
      const found = { cwd, path: join(folder, file), code: 'RULES_INVALID' } as const;
      return { ...(await readJsonFile(testFileSchema, found)), file };
    }),
  );
}
