import type { Facts, ToolCall } from '../model/call.ts';
import { stricter, type Decision } from '../model/decision.ts';
import type { Supervisor } from '../model/extension.ts';
import type { Counters } from '../model/ports.ts';
import type { GreyRule, Judged, RuleFacts, RuleSet } from '../rules/rule-set.ts';
import { toRuleFacts, type RuleSurroundings } from './decide-by-rules.ts';
import { hasFullLimit } from './full-limits.ts';
import { tellRuled } from './tell-ruled.ts';
import type { Judge, Judgement } from './judge/judgement.ts';

/** Rules first, the model for what they leave open, a person for the rest. */
export interface HybridSupervisor extends Supervisor {
  readonly name: 'hybrid';
}

export interface HybridOptions extends RuleSurroundings {
  /** The rule set in force; read once before and once after the model was asked. */
  readonly current: () => RuleSet;
  readonly judge: Judge;
  /** What a model that fails makes of a rule that leaves room for it, where the rule's own verdict is not stricter. */
  readonly onUnavailable: 'review' | 'deny';
  /** A call over a limit of theirs is refused anyway and costs no question; left out: it does. */
  readonly counters?: Pick<Counters, 'reserve'>;
}

/**
 * Makes the supervisor that asks a judge inside the spans of rules (`llm.may`), and nowhere else. A reload meanwhile
 * loosens nothing: the judgement counts under the rules it was asked for, joined by the stricter with the new ones; these
 * say what they say by themselves where the model was not shown all that leave room.
 */
export function createHybridSupervisor(options: HybridOptions): HybridSupervisor {
  return {
    name: 'hybrid',
    async decide(call, facts) {
      const set = options.current();
      const ruleFacts = await toRuleFacts(set, call, facts, options);
      const grey = set.grey(call, ruleFacts);
      const alone = set.decide(call, ruleFacts);
      if (grey.length === 0) return alone;
      const { counters } = options;
      if (counters && (await hasFullLimit(alone, { counters, nowMs: facts.nowMs }))) {
        // should the limit be free again in a moment, a person looks in the place of the model
        const unasked = set.decide(call, { ...ruleFacts, judged: { fault: 'review' } });
        return unasked.verdict === alone.verdict ? unasked : tellRuled(unasked, alone, noQuestion);
      }
      const judgement = await ask(options, {
        set,
        grey,
        call,
        soFar: alone,
        all: facts,
      });
      const judged = toJudged(judgement, options);
      const { report } = judgement;
      const decision = settle(set, call, { ...ruleFacts, judged }, judgement);
      const now = options.current();
      if (now.version === set.version) return tellRuled(decision, alone, report);
      const nowFacts = await toRuleFacts(now, call, facts, options);
      const ownNow = now.decide(call, nowFacts);
      const decisionNow = wereShown(now.grey(call, nowFacts), grey)
        ? settle(now, call, { ...nowFacts, judged }, judgement)
        : ownNow;
      return tellRuled(stricter(decision, decisionNow), stricter(alone, ownNow), report);
    },
  };
}

interface Asking {
  readonly set: RuleSet;
  readonly grey: readonly GreyRule[];
  readonly call: ToolCall;
  /** What the rules themselves say of the call. */
  readonly soFar: Decision;
  readonly all: Facts;
}

function ask(
  { judge }: HybridOptions,
  { set, grey, call, soFar, all }: Asking,
): Promise<Judgement> {
  return judge.judge({
    call,
    facts: {
      tool: all.tool,
      ring: all.ring,
      env: all.env,
      nowMs: all.nowMs,
      signal: all.signal,
      history: all.history,
      session: all.session,
      usedBefore: all.usedBefore,
      soFar,
    },
    rulesVersion: set.version,
    rules: grey.map(({ name, description }) => ({ name, description })),
  });
}

/** Whether the model was told of these rules in these words. */
function wereShown(rules: readonly GreyRule[], shown: readonly GreyRule[]): boolean {
  const words = new Map(shown.map(({ name, description }) => [name, description]));
  return rules.every(({ name, description }) => words.get(name) === description);
}

function toJudged(judgement: Judgement, { onUnavailable }: HybridOptions): Judged {
  return 'fault' in judgement ? { fault: onUnavailable } : { verdict: judgement.verdict };
}

/** No model is asked about a call over a limit. */
const noQuestion = { stage: 0, latencyMs: 0 } as const;

/** The decision of the rules with what the judge said; told as the judge's where the judge made the difference. */
function settle(
  set: RuleSet,
  call: ToolCall,
  facts: RuleFacts & { readonly judged: Judged },
  { code, reason }: Judgement,
): Decision {
  const { judged: _judged, ...alone } = facts;
  const own = set.decide(call, alone);
  const decision = set.decide(call, facts);
  return decision.verdict === own.verdict ? decision : { ...decision, by: 'judge', code, reason };
}
