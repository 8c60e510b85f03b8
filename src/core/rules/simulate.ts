import type { ToolCall } from '../model/call.ts';
import { type Decision, type LimitUse, type Verdict, stricterVerdict } from '../model/decision.ts';
import type { Counters } from '../model/ports.ts';
import type { RuleFacts } from './call-context.ts';
import type { RuleSet } from './rule-set.ts';

/** What rules said of a call: with their limits, without anything else that could have stopped it. */
export interface Ruling {
  readonly verdict: Verdict;
  /** The rule that decided; undefined where none matched, or where a record does not say. */
  readonly rule: string | undefined;
  readonly code: string;
  /** Undefined where a record does not say. */
  readonly filters?: readonly string[];
}

/** One call as it was made then, with what rules may know of it. */
export interface RecordedCall {
  readonly call: ToolCall;
  readonly facts: RuleFacts;
  /** What the rules said then; undefined where the record does not say. */
  readonly recorded?: Ruling;
  /** What it took from limits then, by their keys. */
  readonly took?: readonly Pick<LimitUse, 'key' | 'amount' | 'untilMs'>[];
  /** What stood in the way beside the rules: such a call takes nothing from limits. Default `allow`. */
  readonly others?: Verdict;
  /** A judge let it pass where the rules alone had not: it takes from limits where a rule leaves a judge room for that. */
  readonly judgeAllowed?: boolean;
  /** The same call again, let through by a person: it takes from the limits now, and is no call of its own. */
  readonly redeemed?: boolean;
  /** Only fills the limits of what comes after it. */
  readonly isWarmUp?: boolean;
}

/** One call under both. */
export interface Compared {
  readonly recorded: RecordedCall;
  readonly before: Ruling;
  readonly after: Ruling;
  /** A limit denied it before, and lets it pass now only because the candidate let fewer calls take from it. */
  readonly isRoomFreed: boolean;
}

export interface SimulationOptions {
  /** What the candidate is compared with: another set, or what was recorded. */
  readonly before: RuleSet | 'recorded';
  readonly after: RuleSet;
  /** Empty counters, for each set its own: limits start afresh and run on the recorded times. */
  readonly counters: () => Counters;
}

/** Asks both sides about one call after the other, in the order in which they were made. */
export interface Simulation {
  /** Undefined for a call that only counts, and for one without anything to compare with. */
  judge(recorded: RecordedCall): Promise<Compared | undefined>;
}

export function createSimulation({ before, after, counters }: SimulationOptions): Simulation {
  const then = counters();
  const one = before === 'recorded' ? undefined : createArm(before, then);
  const other = createArm(after, counters());
  return {
    async judge(recorded) {
      const was = one === undefined ? recorded.recorded : await one.rule(recorded);
      const is = await other.rule(recorded);
      if (one === undefined) await takeAgain(then, recorded);
      if (recorded.redeemed === true || recorded.isWarmUp === true || was === undefined) {
        return undefined;
      }
      const compared = { recorded, before: was, after: is };
      return { ...compared, isRoomFreed: await isRoomFreed(after, then, compared) };
    },
  };
}

/** Calls that a person may let through later, and that have taken from the limits already. */
const maxTaken = 10_000;

/** One set of rules with counters of its own. */
function createArm(set: RuleSet, counters: Counters) {
  const taken = new Set<string>();

  const take = async (recorded: RecordedCall, { own, passing }: Taking): Promise<Ruling> => {
    const uses = passing.verdict === 'deny' ? [] : (passing.limits ?? []);
    const { call, facts, others = 'allow', redeemed = false } = recorded;
    if (redeemed && taken.delete(call.id)) return toRuling(own);
    const isRun = redeemed || stricterVerdict(passing.verdict, others) === 'allow';
    const { nowMs } = facts;
    const beyond = redeemed ? liftable(uses) : noKeys;
    const answer = await counters.reserve(uses, { nowMs, beyond, dryRun: !isRun });
    if (!answer.ok) return own.verdict === 'deny' ? toRuling(own) : exceed(own, answer.full);
    // nothing is given back here: as a commit, it forgets the reservation and keeps what it took
    if (isRun) await counters.commit(answer.reservation);
    if (isRun && recorded.recorded?.verdict === 'review') remember(taken, call.id);
    return toRuling(own);
  };
  return {
    rule: (recorded: RecordedCall): Promise<Ruling> | Ruling => {
      const { call, facts, judgeAllowed = false } = recorded;
      const own = set.decide(call, facts);
      const passing = judgeAllowed
        ? set.decide(call, { ...facts, judged: { verdict: 'allow' } })
        : own;
      // most calls have no limits, and a turn of the event loop each would cost more than the decision
      if (passing.verdict === 'deny' || (passing.limits ?? []).length === 0) return toRuling(own);
      return take(recorded, { own, passing });
    },
  };
}

interface Taking {
  /** What the rules say by themselves. */
  readonly own: Decision;
  /** With what a judge said then, where that let the call pass; otherwise the same. */
  readonly passing: Decision;
}

/**
 * Whether a call that a limit stopped before passes now only because the candidate let fewer calls take from that
 * limit: as full as it was then (`then`), it would stop the call under the candidate too.
 */
async function isRoomFreed(
  set: RuleSet,
  then: Counters,
  { recorded: { call, facts }, before, after }: Omit<Compared, 'isRoomFreed'>,
): Promise<boolean> {
  if (before.code !== 'LIMIT_EXCEEDED' || after.verdict === 'deny') return false;
  const decision = set.decide(call, facts);
  const uses = decision.verdict === 'deny' ? [] : (decision.limits ?? []);
  if (uses.length === 0) return false;
  const answer = await then.reserve(uses, { nowMs: facts.nowMs, dryRun: true });
  return !answer.ok;
}

/** What a recorded call took from limits, so that they are as full as they were. */
async function takeAgain(counters: Counters, { facts, took = [] }: RecordedCall): Promise<void> {
  if (took.length === 0) return;
  const { nowMs } = facts;
  const max = Number.MAX_SAFE_INTEGER;
  const uses = took.map((each) => {
    return { ...each, rule: '', max, sinceMs: nowMs, onExceed: 'deny' } as const;
  });
  const beyond = new Set(took.map(({ key }) => key));
  const answer = await counters.reserve(uses, { nowMs, beyond });
  if (answer.ok) await counters.commit(answer.reservation);
}

const noKeys: ReadonlySet<string> = new Set();

/** Of a call that a person let through: the limits that a person may lift. */
function liftable(uses: readonly LimitUse[]): ReadonlySet<string> {
  return new Set(uses.filter(({ onExceed }) => onExceed !== 'deny').map(({ key }) => key));
}

function remember(taken: Set<string>, id: string): void {
  // all at once: one that comes back later takes from the limits a second time, which never admits too much
  if (taken.size >= maxTaken) taken.clear();
  taken.add(id);
}

function toRuling(decision: Decision): Ruling {
  const { verdict, rule, code } = decision;
  return decision.verdict === 'deny' || decision.filters === undefined
    ? { verdict, rule, code }
    : { verdict, rule, code, filters: decision.filters };
}

/** As the pipeline has it: a full limit denies, or asks for a person where all that are full let one. */
function exceed(decision: Decision, full: readonly LimitUse[]): Ruling {
  const hard = full.find(({ onExceed }) => onExceed === 'deny');
  const rule = (hard ?? full[0])?.rule;
  if (hard !== undefined || full.length === 0) {
    return { verdict: 'deny', rule, code: 'LIMIT_EXCEEDED' };
  }
  if (decision.verdict === 'review') return toRuling(decision);
  return { ...toRuling(decision), verdict: 'review', rule, code: 'LIMIT_EXCEEDED' };
}
