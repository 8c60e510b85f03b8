import type { ToolCall } from '../../src/core/model/call.ts';
import type { RuleFacts } from '../../src/core/rules/call-context.ts';
import type { RuleSet } from '../../src/core/rules/rule-set.ts';
import { round, toFigure, type Figure, type Suite } from '../figure.ts';
import { fullRules } from '../generated-rules.ts';
import { generatedCalls } from '../generated-calls.ts';
import { sampleInTurns, type Sampling } from '../sample.ts';
import { toRuleSet } from '../started.ts';
import { median } from '../statistics.ts';

const budgets = [
  { count: 10, micros: 0.3 },
  { count: 1_000, micros: 1.5 },
  { count: 10_000, micros: 12 },
] as const;

/** What a few agents do all day. */
const few = 20;
/** Over all 200 pairs of tool and action in turn: all rules pass through the caches of the processor. */
const spread = 400;

/** One decision with its limits and its explanation, the index warm. */
export const ruleDecisions: Suite = {
  figures: ['rules.decide'],
  isShort: true,
  async measure({ short }): Promise<readonly Figure[]> {
    const figures: Figure[] = [];
    for (const { count, micros } of budgets) {
      const set = toRuleSet(fullRules(count));
      const sampling = { rounds: short ? 100 : 2_000, warmUpMs: short ? 300 : 1_500 };
      // one after the other: in turn, each would find its rules driven out of the caches by the other
      const fewMicros = await sampleDecisions(set, generatedCalls(count, few), sampling);
      const spreadMicros = await sampleDecisions(set, generatedCalls(count, spread), sampling);
      const met = round(median(fewMicros)) <= micros;
      figures.push(
        toFigure(`rules.decide.${count}`, 'us', fewMicros, {
          bar: `p50 of ${micros} µs`,
          met,
        }),
        toFigure(`rules.decide.${count}.spread`, 'us', spreadMicros),
      );
    }
    return figures;
  },
};

async function sampleDecisions(
  set: RuleSet,
  calls: readonly { readonly call: ToolCall; readonly facts: RuleFacts }[],
  sampling: Sampling,
): Promise<readonly number[]> {
  let next = 0;
  const decide = (times: number): void => {
    for (let i = 0; i < times; i += 1) {
      const made = calls[next];
      next = next + 1 === calls.length ? 0 : next + 1;
      if (made !== undefined) set.decide(made.call, made.facts);
    }
  };
  const samplesOf = await sampleInTurns({ decide }, sampling);
  return samplesOf('decide');
}
