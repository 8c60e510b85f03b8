import { loadRules, type RuleFile } from '../core/rules/load.ts';
import { diffRules } from '../core/rules/diff.ts';
import { formatProblem } from '../core/rules/format-problem.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import { readRuleFiles } from '../files/rule-files.ts';
import { systemClock } from '../stores/system/clock.ts';
import { commonOptions, defineCommand } from './command.ts';
import { findDataFolder, folderHelp, folderOptions, type DataFolder } from './data-folder.ts';
import { CliError, exitCodes } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { lineDiff } from './line-diff.ts';
import { toPrintable, toPrintableJson, toPrintableLines } from './printable.ts';
import { readVersion } from './rules-entry.ts';
import { findRules } from './rules-folder.ts';
import { showDiff, toVersion } from './rules-state.ts';
import { createStyle } from './style.ts';

export const rulesDiff = defineCommand(
  {
    usage: 'rules diff A B [--dir DIR] [--config FILE] [--json]',
    about: `Says what changes from version A to version B: rules that are added, removed and changed, what loosens, and the
lines of each rule that changed. A or B may be \`disk\`: the files as they are now.
Exit code 1 if B loosens.`,
    options: { ...folderOptions, ...commonOptions },
    help: folderHelp,
    operands: [2, 2],
    example: 'ringfence rules diff 5d41402abc4b disk',
  },
  async ({ values, operands: [a = '', b = ''] }, io) => {
    const folder = await findDataFolder(values, io.cwd);
    const from = await readSet(folder, a, io);
    const to = await readSet(folder, b, io);
    const diff = diffRules(from, to);
    if (values.json === true) {
      const lists = Object.fromEntries(
        Object.entries(diff).map(([list, names]) => [list, [...names]]),
      );
      io.stdout.write(`${toPrintableJson({ from: from.version, to: to.version, ...lists })}\n`);
    } else {
      const { added, removed, changed, loosened } = diff;
      const counts = {
        added: added.length,
        removed: removed.length,
        changed: changed.length,
        loosened: loosened.length,
      };
      const style = createStyle(io);
      const lists = {
        added: [...added],
        removed: [...removed],
        changed: [...changed],
        loosened: [...loosened],
      };
      io.stdout.write(`${showDiff({ ...lists, counts }, style) || 'the same rules'}\n`);
      const [before, after] = [textsOf(from), textsOf(to)];
      for (const name of changed) {
        io.stdout.write(`${style.bold(toPrintable(name))}\n`);
        for (const line of lineDiff(before.get(name) ?? '', after.get(name) ?? '')) {
          const paint =
            line[0] === '+' ? style.green : line[0] === '-' ? style.red : (text: string) => text;
          io.stdout.write(`${paint(toPrintable(line))}\n`);
        }
      }
    }
    return diff.loosened.length === 0 ? exitCodes.fine : exitCodes.findings;
  },
);

function textsOf({ rules }: RuleSet): ReadonlyMap<string, string> {
  return new Map(rules.map(({ name, raw }) => [name, JSON.stringify(raw, undefined, 2)]));
}

async function readSet(folder: DataFolder, name: string, io: CliIo): Promise<RuleSet> {
  const files = await readNamed(folder, name, io);
  const { env } = folder.settings;
  const nowMs = systemClock.nowMs();
  const loaded = loadRules(files, { nowMs, ...(env === undefined ? {} : { env }) });
  if (loaded.ok) return loaded.set;
  const problems = loaded.problems.map((problem) => formatProblem(problem, files)).join('\n');
  throw new CliError(
    { exitCode: exitCodes.findings, code: 'RULES_INVALID' },
    toPrintableLines(`the rules \`${name}\` are not valid here:\n${problems}`),
  );
}

async function readNamed(
  folder: DataFolder,
  name: string,
  io: CliIo,
): Promise<readonly RuleFile[]> {
  if (name !== 'disk') return (await readVersion(folder, { version: toVersion(name) }, io)).files;
  return readRuleFiles(await findRules(folder, io));
}
