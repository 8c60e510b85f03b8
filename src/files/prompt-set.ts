import { createHash } from 'node:crypto';
import { SupervisionError } from '../core/model/errors.ts';
import { nearestWord } from '../core/model/nearest-word.ts';
import type { Prompt, PromptSet } from '../core/model/prompt.ts';
import { createPrompt, type PromptPart } from '../core/prompts/prompt.ts';
import { expectedInputs } from '../core/prompts/shipped.ts';
import {
  divider,
  parsePromptFile,
  type PromptFile,
  type PromptLine,
  type PromptProblem,
  type PromptText,
} from './prompt-file.ts';

export type LoadedPrompts =
  | { readonly ok: true; readonly set: PromptSet }
  | { readonly ok: false; readonly problems: readonly PromptProblem[] };

/**
 * Checks all files as one set; those of `overrides` take the place of the shipped ones of the same name.
 * Never throws for what is in them.
 */
export function loadPrompts(
  shipped: readonly PromptText[],
  overrides: readonly PromptText[] = [],
): LoadedPrompts {
  const problems: PromptProblem[] = [];
  const files = new Map<string, PromptFile>();
  const read = (texts: readonly PromptText[]): void => {
    const seen = new Map<string, string>();
    for (const text of texts) {
      const parsed = parsePromptFile(text);
      if (Array.isArray(parsed)) {
        problems.push(...parsed);
        continue;
      }
      const first = seen.get(parsed.name);
      if (first !== undefined) {
        problems.push(
          at(parsed, `\`${first}\` has the prompt \`${parsed.name}\` already; rename one`),
        );
      }
      seen.set(parsed.name, parsed.file);
      files.set(parsed.name, parsed);
    }
  };
  read(shipped);
  const ours = [...files.keys()];
  read(overrides);
  problems.push(...findSlips(files, ours));
  const prompts = new Map<string, Prompt>();
  for (const file of files.values()) {
    const built = build(file, files);
    if (Array.isArray(built)) problems.push(...built);
    else prompts.set(file.name, built);
  }
  if (problems.length > 0) return { ok: false, problems: withoutDoubles(problems) };
  const hashes = [...prompts.values()].map(({ name, hash }) => `${name} ${hash}`).toSorted();
  const version = sha256(hashes.join('\n'));
  return { ok: true, set: { version, find: (name) => find(prompts, name) } };
}

function find(prompts: ReadonlyMap<string, Prompt>, name: string): Prompt {
  const prompt = prompts.get(name);
  if (prompt !== undefined) return prompt;
  const known = [...prompts.keys()].join(', ');
  throw new SupervisionError(
    'PROMPT_INVALID',
    `there is no prompt \`${name}\`; known are ${known}`,
  );
}

/** A prompt that nobody asks for, under a name that nearly is one of `ours`: what it was to replace is still in use. */
function findSlips(
  files: ReadonlyMap<string, PromptFile>,
  ours: readonly string[],
): readonly PromptProblem[] {
  const lines = [...files.values()].flatMap(({ fixed, open }) => [...fixed, ...open]);
  const included = new Set(lines.map(includedBy));
  return [...files.values()].flatMap((file) => {
    if (ours.includes(file.name) || included.has(file.name)) return [];
    const near = nearestWord(file.name, ours);
    if (near === undefined) return [];
    return [at(file, `\`${file.name}\` takes the place of no prompt; did you mean \`${near}\`?`)];
  });
}

/** A mistake in an included file is one mistake, however many include it. */
function withoutDoubles(problems: readonly PromptProblem[]): readonly PromptProblem[] {
  return [...new Map(problems.map((each) => [JSON.stringify(each), each])).values()];
}

function build(file: PromptFile, files: ReadonlyMap<string, PromptFile>): Prompt | PromptProblem[] {
  const around = { files, room: { left: maxChars, includes: maxIncludes } };
  const fixed = include(file.fixed, [file.name], around);
  const open = include(file.open, [file.name], around);
  const problems = [
    ...fixed.problems,
    ...open.problems,
    ...findEarlyInputs(fixed.lines),
    ...checkInputs(file, open.lines),
  ];
  if (problems.length > 0) return problems;
  const texts = [toText(fixed.lines), toText(open.lines)];
  return createPrompt({
    name: file.name,
    version: file.version,
    // the inputs' kinds belong to it: `untrusted` made `text` is another prompt
    hash: sha256(JSON.stringify([file.name, file.version, [...file.inputs], ...texts])),
    inputs: file.inputs,
    fixed: texts[0] ?? '',
    parts: toParts(texts[1] ?? ''),
  });
}

function toText(lines: readonly PromptLine[]): string {
  return lines
    .map(({ text }) => text)
    .join('\n')
    .trim();
}

const includePattern = /^\{\{>\s*([^}]*?)\s*\}\}$/u;
const inputPattern = /\{\{\s*([a-z0-9_]+)\s*\}\}/gu;

function includedBy({ text }: PromptLine): string | undefined {
  return includePattern.exec(text.trim())?.[1];
}

interface Included {
  readonly lines: readonly PromptLine[];
  readonly problems: readonly PromptProblem[];
}

/** Of one prompt with everything that it includes, UTF-16 units. */
const maxChars = 262_144;
/** Of one prompt, those within others counted too: two in each of forty files would be a million million. */
const maxIncludes = 1024;

interface Room {
  left: number;
  includes: number;
}

/** Puts the body of another prompt where a line `{{> name}}` asks for it, until there is no more room. */
function include(
  lines: readonly PromptLine[],
  within: readonly string[],
  { files, room }: { readonly files: ReadonlyMap<string, PromptFile>; readonly room: Room },
): Included {
  const parts = lines.map((line): Included => {
    if (room.left < 0) return nothing;
    room.left -= line.text.length + 1;
    if (room.left < 0) return failed(line, `\`${within[0]}\` ${tooLong}`);
    const name = includedBy(line);
    if (name === undefined) return { lines: [line], problems: [] };
    const found = files.get(name);
    if (within.includes(name)) {
      const cycle = [...within, name].join('` -> `');
      return failed(line, `the includes make a cycle: \`${cycle}\`; take one of them out`);
    }
    if (found === undefined) return failed(line, unknown('prompt', name, [...files.keys()]));
    room.includes -= 1;
    if (room.includes < 0) {
      room.left = -1;
      return failed(line, `\`${within[0]}\` ${tooMany}`);
    }
    return include([...found.fixed, ...found.open], [...within, name], { files, room });
  });
  return {
    lines: parts.flatMap((part) => part.lines),
    problems: parts.flatMap((part) => part.problems),
  };
}

const nothing: Included = { lines: [], problems: [] };
const tooMany = `has more than ${maxIncludes} includes with those in what it includes; include less`;
const tooLong = `is longer than ${maxChars} characters with what it includes; shorten it, or include less`;

function failed(line: PromptLine, message: string): Included {
  return { lines: [], problems: [atLine(line, message)] };
}

/** Inputs in the first part would make it another for every call, and no provider could keep it. */
function findEarlyInputs(lines: readonly PromptLine[]): readonly PromptProblem[] {
  return lines.flatMap((line) => {
    const found = line.text.search(/\{\{/u);
    if (found === -1) return [];
    const message = `\`{{…}}\` stands before the line \`${divider}\`; put inputs after it`;
    return [atLine(line, message, found + 1)];
  });
}

function checkInputs(file: PromptFile, lines: readonly PromptLine[]): readonly PromptProblem[] {
  const used = new Set<string>();
  const problems: PromptProblem[] = [];
  for (const line of lines) {
    for (const match of line.text.matchAll(inputPattern)) {
      const [, input = ''] = match;
      used.add(input);
      if (file.inputs.has(input)) continue;
      problems.push(
        atLine(line, unknown('input', input, [...file.inputs.keys()]), match.index + 1),
      );
    }
    const rest = line.text.replaceAll(inputPattern, '').search(/\{\{/u);
    if (rest !== -1) {
      problems.push(
        atLine(line, '`{{` begins no input; write `{{name}}`, or `{{> name}}` on a line'),
      );
    }
  }
  for (const input of file.inputs.keys()) {
    if (!used.has(input))
      problems.push(at(file, `the input \`${input}\` is declared and not used`));
  }
  return [...problems, ...compareInputs(file)];
}

/** A prompt that Ringfence fills in takes just what Ringfence has for it. */
function compareInputs(file: PromptFile): readonly PromptProblem[] {
  const expected = expectedInputs(file.name);
  if (expected === undefined) return [];
  const problems: PromptProblem[] = [];
  for (const [input, kind] of expected) {
    const declared = file.inputs.get(input);
    if (declared === kind) continue;
    const what = declared === undefined ? 'is missing' : `is \`${declared}\``;
    problems.push(at(file, `the input \`${input}\` ${what}; declare it as \`${input}: ${kind}\``));
  }
  for (const input of file.inputs.keys()) {
    if (expected.has(input)) continue;
    problems.push(at(file, unknown('input', input, [...expected.keys()])));
  }
  return problems;
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const shown = name.slice(0, 80).replaceAll(/[^\x20-\x7e]/gu, '?');
  const near = nearestWord(name, known);
  const remedy =
    near === undefined ? `known are ${known.join(', ') || 'none'}` : `did you mean \`${near}\`?`;
  return `there is no ${what} \`${shown}\`; ${remedy}`;
}

function toParts(text: string): readonly PromptPart[] {
  const parts: PromptPart[] = [];
  let from = 0;
  for (const match of text.matchAll(inputPattern)) {
    const [whole, input = ''] = match;
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push({ input });
    from = match.index + whole.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

function at({ file }: PromptFile, message: string): PromptProblem {
  return { file, line: 1, column: 1, message };
}

function atLine({ file, line }: PromptLine, message: string, column = 1): PromptProblem {
  return { file, line, column, message };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
