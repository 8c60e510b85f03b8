import { z } from 'zod';
import type { JsonObject } from '../core/model/json.ts';
import { putNewest, type Records } from '../core/model/ports.ts';
import type { DenialOptions, Denials } from '../core/supervisors/judge/denials.ts';

/** The denials of each session, over a restart. */
export interface DenialKeeper extends Required<Pick<DenialOptions, 'before' | 'keep'>> {
  /** Resolves once what was to be kept is kept, or failed. */
  close(): Promise<void>;
}

const prefix = 'denials:';
const count = z.int().min(0);
const valueSchema = z.object({ inARow: count, inAll: count, approvals: z.array(z.string()) });
const most = Number.MAX_SAFE_INTEGER;
/** A record that cannot be read was one of denials: the session is paused. */
const unreadable: Denials = { inARow: most, inAll: most, approvals: [] };

/** `failed` hears what could not be written: it counts in this process, and is written with the next denial. */
export async function openDenialKeeper(
  records: Records,
  failed: (session: string, error: unknown) => void,
): Promise<DenialKeeper> {
  const before = new Map<string, Denials>();
  for (const { key, value } of await records.list('judge')) {
    if (!key.startsWith(prefix)) continue;
    before.set(key.slice(prefix.length), valueSchema.safeParse(value).data ?? unreadable);
  }
  const writing = new Set<Promise<void>>();
  return {
    before,
    keep(session, now) {
      const written = putNewest(records, 'judge', `${prefix}${session}`, () => toValue(now()))
        .catch((error: unknown) => failed(session, error))
        .finally(() => writing.delete(written));
      writing.add(written);
    },
    async close() {
      await Promise.all(writing);
    },
  };
}

function toValue(denials: Denials | undefined): JsonObject | undefined {
  return denials && { ...denials, approvals: [...denials.approvals] };
}
