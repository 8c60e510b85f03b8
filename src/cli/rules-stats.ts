import { z } from 'zod';
import { quantileMs, sideCountsSchema, type SideCounts } from '../core/hypervisor/trial-counts.ts';
import { commonOptions, defineCommand } from './command.ts';
import { findDataFolder, folderHelp, folderOptions } from './data-folder.ts';
import { exitCodes, notThere } from './exit-code.ts';
import { ask } from './owner.ts';
import { toPrintable, toPrintableJson } from './printable.ts';
import { createStyle, type Style } from './style.ts';

const sides = ['candidate', 'control', 'shadow'] as const;

const trialSchema = z.object({
  rule: z.string(),
  ruleHash: z.string(),
  isRolledOut: z.boolean(),
  percent: z.number().nullable(),
  reverted: z.object({ why: z.string(), atMs: z.number() }).nullable(),
  sides: z.partialRecord(z.enum(sides), sideCountsSchema),
});
type Trial = z.infer<typeof trialSchema>;

export const rulesStats = defineCommand(
  {
    usage: 'rules stats [RULE] [--dir DIR] [--config FILE] [--json]',
    about: `Shows what is known of rules in shadow and of rollouts, by side: calls, how they were decided, what the rule
itself said, outcomes, answers of persons that went the other way, and how long decisions took.
Each wording of a rule is counted by itself, the latest last. Exit code 3 if nothing is known of RULE.`,
    options: { ...folderOptions, ...commonOptions },
    help: folderHelp,
    operands: [0, 1],
    example: 'ringfence rules stats refund_capped',
  },
  async ({ values, operands: [rule] }, io) => {
    const folder = await findDataFolder(values, io.cwd);
    const all = z.array(trialSchema).parse(await ask(folder, { verb: 'trials.report' }, io));
    const trials = all.filter((each) => rule === undefined || each.rule === rule);
    if (rule !== undefined && trials.length === 0) {
      throw notThere(
        `nothing is known of a rule \`${toPrintable(rule)}\``,
        'only rules in shadow or with a rollout are counted, from their first call on',
      );
    }
    if (values.json === true) {
      io.stdout.write(`${toPrintableJson(trials)}\n`);
      return exitCodes.fine;
    }
    const style = createStyle(io);
    for (const trial of trials) io.stdout.write(`${showTrial(trial, style)}\n`);
    if (trials.length === 0) io.stderr.write('no rule is on trial, or none has met a call yet\n');
    return exitCodes.fine;
  },
);

export const rulesLift = defineCommand(
  {
    usage: 'rules lift RULE [--dir DIR] [--config FILE] [--json]',
    about: `Puts a rule on trial again whose rollout was put back by itself; it is counted from zero.
You are who the operating system says. Exit code 1 if no rollout of RULE was put back.`,
    options: { ...folderOptions, ...commonOptions },
    help: folderHelp,
    operands: [1, 1],
    example: 'ringfence rules lift refund_capped',
  },
  async ({ values, operands: [rule = ''] }, io) => {
    const folder = await findDataFolder(values, io.cwd);
    const answer = await ask(folder, { verb: 'trials.lift', rule }, io);
    const line = values.json === true ? toPrintableJson(answer) : `lifted ${toPrintable(rule)}`;
    io.stdout.write(`${line}\n`);
    return exitCodes.fine;
  },
);

const shownDigits = 8;

function showTrial(trial: Trial, style: Style): string {
  const { rule, ruleHash, percent, reverted } = trial;
  const share = percent === null ? '' : `  ${percent} %`;
  const head = `${style.bold(toPrintable(rule))}  ${style.dim(ruleHash.slice(0, shownDigits))}${share}`;
  const back =
    reverted === null
      ? []
      : [
          `  ${style.red('put back')} ${new Date(reverted.atMs).toISOString()}: ${toPrintable(reverted.why)}`,
        ];
  const rows = sides.flatMap((side) => {
    const counts = trial.sides[side];
    return counts === undefined ? [] : [showSide(side, counts)];
  });
  return [head, ...back, ...rows].join('\n');
}

function showSide(side: string, counts: SideCounts): string {
  const { calls, verdicts, would, outcomes, upheld, overturned } = counts;
  const parts = [
    `${calls} calls`,
    `decided ${showVerdicts(verdicts)}`,
    `by itself ${showVerdicts(would)}`,
    `${outcomes.done} done, ${outcomes.failed} failed, ${outcomes.unknown} unknown, ${outcomes.refused} refused`,
    `persons ${upheld} agreed, ${overturned} decided otherwise`,
    `p50 ${showTime(counts, 0.5)}, p95 ${showTime(counts, 0.95)}`,
  ];
  return `  ${side.padEnd(9)}  ${parts.join('; ')}`;
}

function showVerdicts({ allow, review, deny }: SideCounts['verdicts']): string {
  return `${allow} allow, ${review} review, ${deny} deny`;
}

function showTime(counts: SideCounts, share: number): string {
  const bound = quantileMs(counts, share);
  return bound === undefined ? 'unknown' : `<= ${bound} ms`;
}
