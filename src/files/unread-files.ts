import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuleProblem } from '../core/rules/problem.ts';
import { isSetFileName } from './rule-files.ts';

/** What looks like rules in a rules folder and is not read; none where the path is a file. */
export async function findUnreadFiles(path: string): Promise<readonly RuleProblem[]> {
  if (!(await stat(path)).isDirectory()) return [];
  const problems: RuleProblem[] = [];
  for (const name of (await readdir(path)).toSorted()) {
    if (name.startsWith('.')) continue;
    if (/\.(?:jsonc|json5|ya?ml)$/i.test(name)) problems.push(toWarning(name, 'write it as JSON'));
    else if (await holdsRules(join(path, name))) {
      problems.push(toWarning(name, 'move its files into the folder of the rules'));
    }
  }
  return problems;
}

/** A folder whose own files would be rules one level up. */
async function holdsRules(path: string): Promise<boolean> {
  try {
    const names = (await stat(path)).isDirectory() ? await readdir(path) : [];
    return names.some((name) => /\.json$/i.test(name) && isSetFileName(name));
  } catch {
    // what cannot be looked into is told of by whoever reads it
    return false;
  }
}

function toWarning(file: string, what: string): RuleProblem {
  const message = 'nothing of this is read: rules stand in `*.json` files of the folder itself';
  return { severity: 'warning', file, pointer: '', message, remedy: `${what}, or move it away` };
}
