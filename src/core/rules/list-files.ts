import { isJsonArray, isJsonObject } from '../model/json.ts';
import { type Position, parseJson } from '../model/parse-json.ts';
import type { RuleFile, RuleProblem } from './problem.ts';
import { toldOfJson } from './remedy.ts';
import type { ListItem } from './source.ts';

/** A file that a rules file names as a list. */
export interface ListFile {
  readonly file: RuleFile;
  readonly items: readonly ListItem[];
  readonly problem: RuleProblem | undefined;
}

const limits = { maxBytes: 32 * 1_048_576, maxDepth: 64 };

/** Whether a list may stand in a file of this name: beside the rules, `.txt` or `.json`. */
export function isListFileName(name: string): boolean {
  return (
    /^[^./\\][^/\\]{0,127}$/.test(name) &&
    /\.(?:txt|json)$/i.test(name) &&
    !name.toLowerCase().endsWith('.schema.json') &&
    !/[\p{C}\p{Zl}\p{Zp}]/u.test(name)
  );
}

/** The files that rules files name under `lists`, each once, sorted; names that no list may have are left out. */
export function listFileNames(files: readonly RuleFile[]): readonly string[] {
  const names = new Set<string>();
  for (const { text } of files) {
    // nearly all files name none, and are spared the second reading
    if (!text.includes('"file"') && !text.includes('\\u')) continue;
    const parsed = parseJson(text, limits);
    const lists = parsed.ok && isJsonObject(parsed.value) ? parsed.value['lists'] : undefined;
    for (const list of isJsonObject(lists) ? Object.values(lists) : []) {
      const name = isJsonObject(list) ? list['file'] : undefined;
      if (typeof name === 'string' && isListFileName(name)) names.add(name);
    }
  }
  return [...names].toSorted();
}

/** Lists apart from rules. A file of rules stays one, though it is named as a list. */
export function splitFiles(files: readonly RuleFile[]): {
  readonly rules: readonly RuleFile[];
  readonly lists: readonly RuleFile[];
} {
  const named = new Set(listFileNames(files));
  const isList = ({ name, text }: RuleFile) =>
    named.has(name) && (!isJson(name) || /^\s*\[/.test(text));
  return { rules: files.filter((file) => !isList(file)), lists: files.filter(isList) };
}

function isJson(name: string): boolean {
  return name.toLowerCase().endsWith('.json');
}

/** One item a line, `#` and what follows it left out; or, in a `.json` file, a list of texts, numbers and booleans. */
export function readListFile(file: RuleFile): ListFile {
  const read = isJson(file.name) ? readJsonList(file) : readLines(file);
  if (!('items' in read)) return { file, items: [], problem: read };
  if (read.items.length > 0) return { file, ...read, problem: undefined };
  // a file cut short must not empty a list of what is denied
  const remedy =
    'write at least one item; for an empty one, write `[]` as the list in the rules file';
  return { file, items: [], problem: problemAt(file, 'the list is empty', { remedy }) };
}

type Read = { readonly items: readonly ListItem[] } | RuleProblem;

function readLines(file: RuleFile): Read {
  const items: string[] = [];
  let offset = 0;
  for (const [index, line] of file.text.split('\n').entries()) {
    const bad = /(?![\t\r])[\p{C}\p{Zl}\p{Zp}]|\r(?!$)/u.exec(line);
    if (bad !== null) {
      const position = { offset: offset + bad.index, line: index + 1, column: bad.index + 1 };
      const message = 'the line holds a control or invisible character';
      return problemAt(file, message, { position, remedy: 'remove it, or write the list as JSON' });
    }
    const item = line
      .replace(/\r$/, '')
      .replace(/(?:^|\s)#.*$/, '')
      .trim();
    if (item !== '') items.push(item);
    offset += line.length + 1;
  }
  return { items };
}

function readJsonList(file: RuleFile): Read {
  const parsed = parseJson(file.text, limits);
  if (!parsed.ok) {
    const { message, ...place } = parsed.problem;
    return { severity: 'error', file: file.name, ...toldOfJson(message), ...place };
  }
  const items = isJsonArray(parsed.value) ? parsed.value : [];
  const plain = items.filter((item) => typeof item !== 'object');
  if (isJsonArray(parsed.value) && plain.length === items.length) return { items: plain };
  const remedy = 'write them in brackets, as in `["a.example", "b.example"]`';
  return problemAt(file, 'expected a list of texts, numbers and booleans', { remedy });
}

function problemAt(
  file: RuleFile,
  message: string,
  more: { readonly position?: Position; readonly remedy: string },
): RuleProblem {
  return { severity: 'error', file: file.name, pointer: '', message, ...more };
}
