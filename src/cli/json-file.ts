import { readFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import type { z } from 'zod';
import { SupervisionError, type ErrorCode } from '../core/model/errors.ts';
import { parseJson } from '../core/model/parse-json.ts';
import { formatProblem } from '../core/rules/format-problem.ts';
import { toProblems, type Finding, type RuleFile } from '../core/rules/problem.ts';
import { toldOfJson } from '../core/rules/remedy.ts';
import { toFindings } from '../core/rules/zod-findings.ts';
import { notThere } from './exit-code.ts';

/** Where a file stands, and the code of the error that its contents are worth. */
export interface JsonFileOptions {
  readonly cwd: string;
  readonly path: string;
  readonly code: ErrorCode;
}

/** Reads a file by a schema; throws every problem with its source line and a caret, as rules files get it. */
export async function readJsonFile<S extends z.ZodType>(
  schema: S,
  options: JsonFileOptions,
): Promise<z.output<S>> {
  const text = await readText(options);
  const file = { name: nameOf(options), text };
  const parsed = parseJson(text, { maxBytes: 32 * 1_048_576, maxDepth: 64 });
  if (!parsed.ok) {
    const { message, ...place } = parsed.problem;
    const told = toldOfJson(message);
    const problem = { severity: 'error', file: file.name, ...told, ...place } as const;
    throw new SupervisionError(options.code, formatProblem(problem, [file]));
  }
  const found = schema.safeParse(parsed.value);
  if (found.success) return found.data;
  throw toError(file, toFindings(schema, found.error.issues, []), options.code);
}

/** All findings as one error. */
function toError(file: RuleFile, findings: readonly Finding[], code: ErrorCode): SupervisionError {
  const shown = toProblems(file, findings).map((problem) => formatProblem(problem, [file]));
  return new SupervisionError(code, shown.join('\n'));
}

async function readText({ cwd, path }: JsonFileOptions): Promise<string> {
  try {
    return await readFile(resolve(cwd, path), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code';
    const what = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw notThere(`file \`${path}\` ${what}`);
  }
}

function nameOf({ cwd, path }: JsonFileOptions): string {
  return isAbsolute(path) ? path : relative(cwd, resolve(cwd, path));
}
