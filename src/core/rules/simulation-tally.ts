import type { Verdict } from '../model/decision.ts';
import type { Counters } from '../model/ports.ts';
import type { RuleSet } from './rule-set.ts';
import { type Compared, type RecordedCall, type Ruling, createSimulation } from './simulate.ts';

/** What a candidate changes for a call; the first four loosen. */
export const changeKinds = [
  'deny_to_allow',
  'deny_to_review',
  'review_to_allow',
  'filters_lost',
  'allow_to_review',
  'allow_to_deny',
  'review_to_deny',
  'room_freed',
] as const;
export type ChangeKind = (typeof changeKinds)[number];
export const looseningKinds: readonly ChangeKind[] = changeKinds.slice(0, 4);

/** How many calls changed in one way, between the rules that decided before and after. */
export interface ChangeByRule {
  readonly kind: ChangeKind;
  /** Undefined where no rule matched, or the record names none. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly calls: number;
}

/** Calls by what was said before, then by what the candidate says. */
export type Totals = { readonly [before in Verdict]: { readonly [after in Verdict]: number } };

export interface SimulationTally {
  readonly calls: number;
  readonly totals: Totals;
  readonly byKind: { readonly [kind in ChangeKind]: number };
  /** Of kinds that loosen, all together. */
  readonly loosened: number;
  /** Loosenings first, then the most frequent. */
  readonly byRule: readonly ChangeByRule[];
  /** True if more pairs of rules changed than are kept apart: the rest is in `byKind` and `totals` alone. */
  readonly isCut: boolean;
  /** The first few of every kind. */
  readonly examples: { readonly [kind in ChangeKind]: readonly Compared[] };
}

/** Undefined where the candidate changes nothing that is seen here. */
function changeOf(compared: Omit<Compared, 'recorded'>): ChangeKind | undefined {
  const { before, after, isRoomFreed } = compared;
  const { verdict: from } = before;
  const { verdict: to } = after;
  if (from !== to) return isRoomFreed ? 'room_freed' : kinds[from][to];
  return to !== 'deny' && losesFilters(before, after) ? 'filters_lost' : undefined;
}

const kinds: { readonly [before in Verdict]: { readonly [after in Verdict]?: ChangeKind } } = {
  allow: { review: 'allow_to_review', deny: 'allow_to_deny' },
  review: { allow: 'review_to_allow', deny: 'review_to_deny' },
  deny: { allow: 'deny_to_allow', review: 'deny_to_review' },
};

function losesFilters(before: Ruling, after: Ruling): boolean {
  const { filters = [] } = after;
  return before.filters?.some((filter) => !filters.includes(filter)) ?? false;
}

/** Pairs of rules that are kept apart: bounds the memory of a report. */
const maxPairs = 10_000;

/** Counts compared calls, and keeps the first `examples` of every kind. */
function createTally(examples: number) {
  const totals = {
    allow: { allow: 0, review: 0, deny: 0 },
    review: { allow: 0, review: 0, deny: 0 },
    deny: { allow: 0, review: 0, deny: 0 },
  };
  const byKind = eachKind(() => 0);
  const kept = eachKind((): Compared[] => []);
  const pairs = new Map<string, { -readonly [key in keyof ChangeByRule]: ChangeByRule[key] }>();
  let calls = 0;
  let isCut = false;

  const countPair = (kind: ChangeKind, from: string | undefined, to: string | undefined): void => {
    const key = JSON.stringify([kind, from ?? null, to ?? null]);
    const known = pairs.get(key);
    if (known !== undefined) known.calls += 1;
    else if (pairs.size < maxPairs) pairs.set(key, { kind, from, to, calls: 1 });
    else isCut = true;
  };
  return {
    add(compared: Compared): void {
      const { before, after } = compared;
      calls += 1;
      totals[before.verdict][after.verdict] += 1;
      const kind = changeOf(compared);
      if (kind === undefined) return;
      byKind[kind] += 1;
      countPair(kind, before.rule, after.rule);
      if (kept[kind].length < examples) kept[kind].push(compared);
    },
    read(): SimulationTally {
      const loosened = looseningKinds.reduce((sum, kind) => sum + byKind[kind], 0);
      const byRule = [...pairs.values()].toSorted(byWeight);
      return { calls, totals, byKind, loosened, byRule, isCut, examples: kept };
    },
  };
}

function byWeight(one: ChangeByRule, other: ChangeByRule): number {
  const rank = ({ kind }: ChangeByRule): number => (looseningKinds.includes(kind) ? 0 : 1);
  return rank(one) - rank(other) || other.calls - one.calls;
}

function eachKind<T>(make: () => T): { [kind in ChangeKind]: T } {
  return {
    deny_to_allow: make(),
    deny_to_review: make(),
    review_to_allow: make(),
    filters_lost: make(),
    allow_to_review: make(),
    allow_to_deny: make(),
    review_to_deny: make(),
    room_freed: make(),
  };
}

/**
 * What a candidate would have made of calls, in the order in which they were made; streams, and holds none of them
 * but the examples (default 3 of each kind).
 */
export async function simulateRules(options: {
  readonly before: RuleSet | 'recorded';
  readonly after: RuleSet;
  readonly counters: () => Counters;
  readonly calls: AsyncIterable<RecordedCall> | Iterable<RecordedCall>;
  readonly examples?: number;
}): Promise<SimulationTally> {
  const simulation = createSimulation(options);
  const tally = createTally(options.examples ?? 3);
  for await (const call of options.calls) {
    const compared = await simulation.judge(call);
    if (compared !== undefined) tally.add(compared);
  }
  return tally.read();
}
