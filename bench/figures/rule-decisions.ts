import type { ToolCall } from '../../src/core/model/call.ts';
import type { RuleFacts } from '../../src/core/rules/call-context.ts';
import type { RuleSet } from '../../src/core/rules/rule-set.ts';
import { round, toFigure, type Figure, type Suite } from '../figure.ts';
import { fullRules } from '../generated-rules.ts';
import { generatedCalls } from '../generated-calls.ts';
import { sampleInTurns } from '../sample.ts';
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
      const samplesOf = await sampleInTurns(
        {
          few: createDecider(set, generatedCalls(count, few)),
          spread: createDecider(set, generatedCalls(count, spread)),
        },
        { rounds: short ? 100 : 2_000, warmUpMs: short ? 300 : 1_500 },
      );
      const met = round(median(samplesOf('few'))) <= micros;
      figures.push(
        toFigure(`rules.decide.${count}`, 'us', samplesOf('few'), {
          bar: `p50 of ${micros} µs`,
          met,
        }),
        toFigure(`rules.decide.${count}.spread`, 'us', samplesOf('spread')),
      );
    }
    return figures;
  },
};

function createDecider(
  set: RuleSet,
  calls: readonly { readonly call: ToolCall; readonly facts: RuleFacts }[],
): (times: number) => void {
  let next = 0;
  return (times) => {
    for (let i = 0; i < times; i += 1) {
      const made = calls[next];
      next = next + 1 === calls.length ? 0 : next + 1;
      if (made !== undefined) set.decide(made.call, made.facts);
    }
  };
}
