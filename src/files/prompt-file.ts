import { z } from 'zod';
import { nearestWord } from '../core/model/nearest-word.ts';
import type { PromptInput } from '../core/model/prompt.ts';
import { parseConfigText } from './config-text.ts';

/** One prompt file: its name in the folder, and its text. */
export interface PromptText {
  readonly name: string;
  readonly text: string;
}

/** What is wrong in a prompt file; line and column from 1. */
export interface PromptProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A line of a prompt's body, and where it stands. */
export interface PromptLine {
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

/** A prompt file with its header read; includes are not yet in place. */
export interface PromptFile {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly inputs: ReadonlyMap<string, PromptInput>;
  /** Before the line that divides the two parts. */
  readonly fixed: readonly PromptLine[];
  /** After it; empty where there is none. */
  readonly open: readonly PromptLine[];
}

const fence = '---';
/** The line between what is the same for every call and what is filled in. */
export const divider = '<!-- inputs -->';

const word = /^[a-z0-9-]{1,64}$/;
const headerSchema = z.strictObject({
  name: z.string().regex(word, 'expected 1 to 64 characters of a-z, 0-9 and `-`'),
  version: z.union([z.string().min(1).max(64), z.number()], 'expected a version, such as `1`'),
  description: z.string().optional(),
  inputs: z
    .record(
      z.string().regex(/^[a-z0-9_]{1,64}$/, 'expected 1 to 64 characters of a-z, 0-9 and `_`'),
      z.enum(['text', 'facts', 'untrusted'], 'expected `text`, `facts` or `untrusted`'),
    )
    .optional(),
});
const headerKeys = Object.keys(headerSchema.shape);

/** Reads the header of a Markdown prompt and divides its body; every problem with its place. */
export function parsePromptFile({ name: file, text }: PromptText): PromptFile | PromptProblem[] {
  if (text.startsWith('\uFEFF')) {
    const message = 'the file begins with a byte order mark; save it as UTF-8 without one';
    return [{ file, line: 1, column: 1, message }];
  }
  const lines = text.split(/\r?\n/u);
  const end = lines.indexOf(fence, 1);
  if (lines[0] !== fence || end === -1) {
    const message = `the header is missing; begin the file with \`${fence}\`, \`name: …\`, \`version: 1\`, \`${fence}\``;
    return [{ file, line: 1, column: 1, message }];
  }
  const header = parseConfigText('header.yaml', lines.slice(1, end).join('\n'));
  if (!header.ok) {
    return header.problems.map(({ place, message }) => ({
      file,
      line: place.line + 1,
      column: place.column,
      message,
    }));
  }
  const parsed = headerSchema.safeParse(header.text.value);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => {
      const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
      const path = [...issue.path, ...keys.slice(0, 1)];
      const { line, column } = header.text.locate(path, keys.length > 0 ? 'key' : 'value');
      return { file, line: line + 1, column, message: describe(issue.message, path, keys) };
    });
  }
  const body = lines
    .slice(end + 1)
    .map((line, index) => ({ text: line, file, line: end + 2 + index }));
  if (body.every(({ text: line }) => ['', divider].includes(line.trim()))) {
    const message = 'the prompt has no text; is the file written whole?';
    return [{ file, line: end + 1, column: 1, message }];
  }
  const cut = body.findIndex((line) => line.text.trim() === divider);
  const { name, version, inputs = {} } = parsed.data;
  return {
    file,
    name,
    version: String(version),
    inputs: new Map(Object.entries(inputs)),
    fixed: cut === -1 ? body : body.slice(0, cut),
    open: cut === -1 ? [] : body.slice(cut + 1),
  };
}

function describe(message: string, path: readonly PropertyKey[], keys: readonly string[]): string {
  const [key] = keys;
  if (key === undefined) {
    const where = path.length === 0 ? 'the header' : `\`${path.map(String).join('.')}\``;
    return `${where}: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
  }
  const near = nearestWord(key, headerKeys);
  const remedy =
    near === undefined ? `known are ${headerKeys.join(', ')}` : `did you mean \`${near}\`?`;
  return `unknown key \`${key.replaceAll(/[^\x20-\x7e]/gu, '?')}\`; ${remedy}`;
}
