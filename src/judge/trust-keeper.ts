import { z } from 'zod';
import { putRecord, type Clock, type Journal, type Records } from '../core/model/ports.ts';

/** Whether a judge is trusted, over a restart. */
export interface TrustKeeper {
  /** Canaries that were allowed before; undefined: it was trusted. */
  readonly failedBefore: readonly string[] | undefined;
  /** Resolves once both the record and the action log have it. */
  keep(failed: readonly string[] | undefined): Promise<void>;
}

const key = 'trust';
const valueSchema = z.object({ failed: z.array(z.string()) });

/** A record that cannot be read as one counts as lost trust, since something was written there. */
export async function openTrustKeeper(
  records: Records,
  { clock, journal }: { readonly clock: Clock; readonly journal: Journal },
): Promise<TrustKeeper> {
  const record = await records.get('judge', key);
  return {
    failedBefore: record && (valueSchema.safeParse(record.value).data?.failed ?? []),
    async keep(failed) {
      await putRecord(records, 'judge', key, failed && { failed: [...failed] });
      const time = clock.nowMs();
      if (failed === undefined) await journal({ type: 'judge.trust_restored', time });
      else await journal({ type: 'judge.canary_failed', time, cases: [...failed] });
    },
  };
}
