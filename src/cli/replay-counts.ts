import type { Verdict } from '../core/model/decision.ts';
import type { ReplayedCall, VerdictCounts } from './replay-files.ts';

/** Verdicts under each name, such as that of a tool or of a rule. */
export type CountsByName = ReadonlyMap<string, VerdictCounts>;

export interface ReplayCounts {
  readonly byTool: CountsByName;
  /** By the rule that decided; where none did, by the code in parentheses. */
  readonly byRule: CountsByName;
  add(call: ReplayedCall): void;
}

/** Names come from the trace: beyond so many they are counted together. */
const maxNames = 10_000;
const others = '(others)';

export function createReplayCounts(): ReplayCounts {
  const byTool = new Map<string, Record<Verdict, number>>();
  const byRule = new Map<string, Record<Verdict, number>>();
  return {
    byTool,
    byRule,
    add({ row, decision: { verdict, rule, code } }) {
      countsOf(byTool, row.tool)[verdict] += 1;
      countsOf(byRule, rule ?? `(${code})`)[verdict] += 1;
    },
  };
}

function countsOf(
  counts: Map<string, Record<Verdict, number>>,
  name: string,
): Record<Verdict, number> {
  const known = counts.get(name);
  if (known !== undefined) return known;
  if (counts.size >= maxNames && name !== others) return countsOf(counts, others);
  const fresh = { allow: 0, review: 0, deny: 0 };
  counts.set(name, fresh);
  return fresh;
}
