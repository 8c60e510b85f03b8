import type { HypervisorParts } from './assembly.ts';
import type { Built } from './build.ts';
import type { Calls } from './calls.ts';
import { describeThrown } from '../model/describe-thrown.ts';
import type { JsonObject } from '../model/json.ts';
import { saveState } from './recovery.ts';
import type { TrialReport } from './rollouts.ts';

/** Writes the counters down at quiet moments, so that the next start need not read the whole log. */
export interface Snapshots {
  /** Stops the round and saves once more. Never rejects. */
  close(): Promise<void>;
}

function toJson({ rule, ruleHash, reverted, sides }: TrialReport): JsonObject {
  return { rule, ruleHash, reverted: reverted ? { ...reverted } : null, sides: { ...sides } };
}

export function startSnapshots(
  { log, records, counters, clock }: HypervisorParts,
  { settings, flights, releases, rollouts, ledger, events }: Built,
  calls: Calls,
): Snapshots {
  let savedSeq = 0;
  let cancel = (): void => undefined;
  // no call may stand between its reservation and its entry
  const isQuiet = (): boolean => flights.size === 0 && releases.size === 0;
  const save = async (): Promise<void> => {
    if (!isQuiet() || log.head().seq === savedSeq) return;
    const before = calls.count;
    // outcomes that nobody waited for must not stand behind a snapshot that says they are done
    const { seq } = await ledger.journal({ type: 'state.saved', time: clock.nowMs() });
    if (!isQuiet() || calls.count !== before) return;
    savedSeq = seq;
    await saveState({ log, records, counters, rollouts });
    const trials = events.hears('rules.counted') ? rollouts.report() : [];
    if (trials.length > 0) events.emit('rules.counted', { trials: trials.map(toJson) });
  };
  const trySave = (): Promise<void> =>
    save().catch((error: unknown) =>
      events.emit('snapshot.failed', { reason: describeThrown(error) }),
    );
  const schedule = (): void => {
    cancel = clock.after(settings.saveMs, () => void trySave().then(schedule));
  };
  schedule();
  return {
    close() {
      cancel();
      return trySave();
    },
  };
}
