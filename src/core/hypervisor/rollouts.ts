import { z } from 'zod';
import type { Recorder } from '../audit/recorder.ts';
import type { Person } from '../model/call.ts';
import { describeThrown } from '../model/describe-thrown.ts';
import { SupervisionError } from '../model/errors.ts';
import { toText, type Json, type JsonObject } from '../model/json.ts';
import type { Clock, EntryBody, Journal } from '../model/ports.ts';
import type { RolloutPlan } from '../rules/rollout-plan.ts';
import type { SideCounts } from './trial-counts.ts';
import { createTrialStats, type Trial } from './trial-stats.ts';
import { findBreach, type Breach } from './way-back.ts';

/** What is known of one wording of a rule on trial. */
export interface TrialReport {
  readonly rule: string;
  /** The first 16 digits of the rule's hash. */
  readonly ruleHash: string;
  /** In the rules that are in force, with a rollout. */
  readonly isRolledOut: boolean;
  readonly percent: number | undefined;
  /** Why and when it was put back (milliseconds since 1970), if it was. */
  readonly reverted: { readonly why: string; readonly atMs: number } | undefined;
  readonly sides: Readonly<Partial<Record<'candidate' | 'control' | 'shadow', SideCounts>>>;
}

/** Rules on trial: counts them, and puts back those that pass a threshold of theirs. */
export interface Rollouts {
  /** Of the rules that were put back (`trialHash`); undefined where there are none. */
  reverted(): ReadonlySet<string> | undefined;
  /** Takes an entry of the log as it is read again; puts nothing back. */
  replay(body: EntryBody): void;
  /** A recorder whose entries are counted once they are written. */
  watch(recorder: Recorder): Recorder;
  report(): readonly TrialReport[];
  /** Puts the rule back on trial, counted from zero; throws `RULES_INVALID` where none of this name was put back. */
  lift(rule: string, person: Person): Promise<void>;
  /** Rules in force whose rollout was put back. */
  problems(): readonly string[];
  snapshot(): JsonObject;
  /** False where the snapshot cannot be read, and everything has to be counted again. */
  restore(snapshot: Json | undefined): boolean;
}

export interface RolloutsOptions {
  /** Of the rules in force, by `trialHash`. */
  readonly plans: () => ReadonlyMap<string, RolloutPlan>;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly emit: (name: string, event: JsonObject) => void;
}

const revertSchema = z.object({ rule: z.string(), why: z.string(), atMs: z.number() });
const snapshotSchema = z.object({
  stats: z.json(),
  reverted: z.record(z.string(), revertSchema),
});
type Revert = z.infer<typeof revertSchema>;

export function createRollouts({ plans, clock, journal, emit }: RolloutsOptions): Rollouts {
  const stats = createTrialStats((ruleHash) => plans().get(ruleHash));
  const reverts = new Map<string, Revert>();
  /** Being written; those that may loosen are out of force already. */
  const writing = new Set<string>();
  let view: ReadonlySet<string> | undefined;

  const look = (): void => {
    const early = [...writing].filter((ruleHash) => plans().get(ruleHash)?.mayLoosen === true);
    const all = new Set([...reverts.keys(), ...early]);
    view = all.size === 0 ? undefined : all;
  };
  const apply = (body: EntryBody): readonly Trial[] => {
    const ruleHash = toText(body['ruleHash']);
    if (body.type === 'rollout.reverted') {
      const why = toText(body['why']);
      reverts.set(ruleHash, { rule: toText(body['rule']), why, atMs: body.time });
      look();
    } else if (body.type === 'rollout.lifted') {
      reverts.delete(ruleHash);
      stats.forget(ruleHash);
      look();
    }
    return stats.apply(body);
  };
  /** What undoes a tightening loosens, so it is in the log first; what undoes a loosening counts at once. */
  const putBack = async (plan: RolloutPlan, breach: Breach): Promise<void> => {
    const { rule, ruleHash } = plan;
    writing.add(ruleHash);
    look();
    const why = explain(breach);
    const entry = { type: 'rollout.reverted', time: clock.nowMs(), rule, ruleHash, why };
    try {
      await journal({ ...entry, breach: { ...breach } });
      emit('rollout.reverted', { ...entry, breach: { ...breach } });
    } catch (error) {
      // the log is down, so nothing runs; the next call that is counted tries again
      emit('rollout.revert_failed', { rule, reason: describeThrown(error) });
    } finally {
      writing.delete(ruleHash);
      look();
    }
  };
  const weigh = ({ ruleHash, sides, weighed }: Trial): void => {
    const plan = plans().get(ruleHash);
    if (plan === undefined || reverts.has(ruleHash) || writing.has(ruleHash)) return;
    const breach = findBreach(plan, { ...weighed, answers: sumAnswers(sides) });
    if (breach !== undefined) void putBack(plan, breach);
  };
  const isOurs = ({ type }: EntryBody): boolean =>
    type === 'rollout.reverted' || type === 'rollout.lifted';

  return {
    reverted: () => view,
    replay: (body) => void apply(body),
    watch: (recorder) => ({
      record(body, ...rest) {
        const written = recorder.record(body, ...rest);
        // looked at only where it matters: another promise would cost every call
        if (!isOurs(body) && !stats.concerns(body)) return written;
        return written.then((link) => {
          apply(body).forEach(weigh);
          return link;
        });
      },
    }),
    report: () => stats.list().map((trial) => toReport(trial, plans(), reverts)),
    async lift(rule, person) {
      // whoever opened the folder without its rules knows no plan, and means what was put back last
      const known = [...reverts].filter(([, revert]) => revert.rule === rule);
      const inForce = known.filter(([each]) => plans().size === 0 || plans().has(each));
      const [ruleHash] = inForce.at(-1) ?? [];
      if (ruleHash === undefined) {
        const message = `no rollout of a rule \`${rule}\` was put back; \`ringfence rules stats\` lists them`;
        throw new SupervisionError('RULES_INVALID', message);
      }
      const time = clock.nowMs();
      const entry = { type: 'rollout.lifted', time, rule, ruleHash, person: person.id };
      await journal(entry);
      emit('rollout.lifted', entry);
    },
    problems: () =>
      [...reverts].flatMap(([ruleHash, { rule, why }]) => {
        if (!plans().has(ruleHash)) return [];
        const remedy = `edit the rule, or run \`ringfence rules lift ${rule}\``;
        return [`the rollout of rule \`${rule}\` was put back, since ${why}; ${remedy}`];
      }),
    snapshot: () => ({ stats: stats.snapshot(), reverted: Object.fromEntries(reverts) }),
    restore(snapshot) {
      const parsed = snapshotSchema.safeParse(snapshot);
      if (!parsed.success || !stats.restore(parsed.data.stats)) return false;
      for (const [ruleHash, revert] of Object.entries(parsed.data.reverted)) {
        reverts.set(ruleHash, revert);
      }
      look();
      return true;
    },
  };
}

function sumAnswers(sides: Trial['sides']): {
  readonly upheld: number;
  readonly overturned: number;
} {
  const sum = { upheld: 0, overturned: 0 };
  for (const { upheld, overturned } of Object.values(sides)) {
    sum.upheld += upheld;
    sum.overturned += overturned;
  }
  return sum;
}

const toPercent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;

function explain({ threshold, limit, candidate, control }: Breach): string {
  const ours = toPercent(candidate);
  switch (threshold) {
    case 'denied_over':
      return `${ours} of its calls were denied, against ${toPercent(control ?? 0)} on the other side`;
    case 'failed_over':
      return `${ours} of its calls failed, against ${toPercent(control ?? 0)} on the other side`;
    case 'overturned_over':
      return `persons decided otherwise in ${ours} of their answers`;
    case 'slower_than_ms':
      return `${ours} of its decisions took longer than ${limit} ms`;
  }
}

function toReport(
  { rule, ruleHash, sides }: Trial,
  plans: ReadonlyMap<string, RolloutPlan>,
  reverts: ReadonlyMap<string, Revert>,
): TrialReport {
  const plan = plans.get(ruleHash);
  const revert = reverts.get(ruleHash);
  return {
    rule,
    ruleHash,
    isRolledOut: plan !== undefined,
    percent: plan?.percent,
    reverted: revert && { why: revert.why, atMs: revert.atMs },
    sides,
  };
}
