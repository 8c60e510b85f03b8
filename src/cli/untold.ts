import { type CompiledRule, matchAction } from '../core/rules/compiled-rule.ts';
import { matchTool } from '../core/rules/name-pattern.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import type { RecordedCall } from '../core/rules/simulate.ts';

/** Calls that are compared, and those that are not since a rule asks what their record does not tell. */
export interface Told {
  readonly count: number;
  calls(recorded: AsyncIterable<RecordedCall>): AsyncGenerator<RecordedCall>;
}

/** What is not told goes on filling the limits of what comes after it. */
export function createTold(sets: readonly RuleSet[]): Told {
  const rules = sets.flatMap((set) => set.rules).filter(({ mode }) => mode !== 'off');
  const taken = new Set(rules.flatMap(({ declassifies }) => declassifies));
  const never = rules.filter((rule) => asksUnrecorded(rule, taken));
  const ofOld = rules.filter(asksAgent);
  let count = 0;
  return {
    get count() {
      return count;
    },
    async *calls(recorded) {
      for await (const each of recorded) {
        const isOld = each.call.seat.agent.permissions === undefined;
        const asks = isOld ? [...never, ...ofOld] : never;
        if (!asks.some((rule) => isNear(rule, each))) yield each;
        else {
          if (each.isWarmUp !== true && each.redeemed !== true) count += 1;
          yield { ...each, isWarmUp: true };
        }
      }
    },
  };
}

function isNear(rule: CompiledRule, { call }: RecordedCall): boolean {
  const { truth } = matchTool(rule.tools, call.tool, call.action);
  return truth !== false && matchAction(rule, call.action) !== false;
}

/** Labels that rules gave or took, and the user of a session: in no record. */
function asksUnrecorded(
  { source: { condition } }: CompiledRule,
  taken: ReadonlySet<string>,
): boolean {
  const { tainted = [], not_tainted: spared = [] } = condition.session ?? {};
  const isRebuilt = (label: string): boolean => label === 'untrusted' && !taken.has(label);
  return ![...tainted, ...spared].every(isRebuilt) || reads(condition.when, 'session');
}

/** Permissions, and for whom an agent works: old entries do not tell them. */
function asksAgent({ source: { condition }, rollout }: CompiledRule): boolean {
  const { permission, when } = condition;
  return permission !== undefined || rollout?.by === 'agent' || reads(when, 'agent');
}

const parts = { agent: /"agent(?:\.permissions[^"]*)?"/u, session: /"session(?:\.user[^"]*)?"/u };

function reads(when: unknown, part: keyof typeof parts): boolean {
  return when !== undefined && parts[part].test(JSON.stringify(when));
}
