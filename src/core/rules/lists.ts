import { canonicalJson } from '../model/canonical-json.ts';
import { nearestWord } from '../model/nearest-word.ts';
import { quote } from '../model/quote.ts';
import { type ListFile, isListFileName } from './list-files.ts';
import { type Finding, type RuleProblem, toProblems } from './problem.ts';
import type { ReadFile } from './read-file.ts';
import type { ListItem, ListSource, Lists } from './source.ts';

/** Lists from everywhere. */
export interface ListsAround {
  readonly given: Readonly<Record<string, readonly ListItem[]>>;
  readonly files: readonly ListFile[];
}

/** Lists of all files together; one name for two different lists is an error. */
export function collectLists(
  files: readonly ReadFile[],
  around: ListsAround,
): { readonly known: Lists; readonly problems: readonly RuleProblem[] } {
  const known = new Map<string, readonly ListItem[]>(Object.entries(around.given));
  const owners = new Map<string, string>();
  const problems = around.files.map(({ problem }) => problem).filter((each) => each !== undefined);
  for (const { file, source } of files) {
    for (const [name, listed] of Object.entries(source?.lists ?? {})) {
      const items = resolve(listed, around.files);
      const before = known.get(name);
      if ('message' in items) {
        const path = ['lists', name, 'file'];
        problems.push(...toProblems(file, [{ path, ...items }]));
        known.set(name, before ?? []); // the set is refused: its rules need not complain of the list too
      } else if (before === undefined) {
        known.set(name, items);
        owners.set(name, file.name);
      } else if (canonicalJson(before) !== canonicalJson(items)) {
        const message = `the list ${quote(name)} is also in ${placeOf(owners.get(name))}, and not the same`;
        const remedy = 'rename one of them, or keep the list in one place';
        problems.push(...toProblems(file, [{ path: ['lists', name], at: 'key', message, remedy }]));
      }
    }
  }
  return { known, problems };
}

type Fault = Pick<Finding, 'message' | 'remedy'>;

function resolve(source: ListSource, files: readonly ListFile[]): readonly ListItem[] | Fault {
  if (!('file' in source)) return source;
  const found = files.find(({ file }) => file.name === source.file);
  if (found !== undefined) return found.items;
  if (!isListFileName(source.file)) {
    const remedy =
      'write the name of a `.txt` or `.json` file in the folder of the rules, without its path';
    return { message: `${quote(source.file)} is not the name of a list file`, remedy };
  }
  const near = nearestWord(
    source.file,
    files.map(({ file }) => file.name),
  );
  const remedy =
    near === undefined
      ? 'put it beside the rules: one item a line, or a list in JSON'
      : `did you mean ${quote(near)}?`;
  return { message: `there is no list in a file ${quote(source.file)} beside the rules`, remedy };
}

function placeOf(file: string | undefined): string {
  return file === undefined ? 'the lists of the host' : quote(file);
}
