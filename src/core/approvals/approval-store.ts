import type { Rec, Records } from '../model/ports.ts';
import { parseApproval, toRecord, type Approval } from './approval.ts';

export interface ApprovalStore {
  load(id: string): Promise<Approval | undefined>;
  create(approval: Approval): Promise<boolean>;
  /** The one way in which an approval changes, a compare-and-set; undefined from `next` leaves it as it is. */
  change(
    id: string,
    next: (approval: Approval) => Approval | undefined,
  ): Promise<Approval | undefined>;
  /** All that can be read; those that `isPast` says may go are deleted. */
  loadAll(isPast: (approval: Approval) => boolean): Promise<readonly Approval[]>;
}

/** Hears of each change before anybody else does. */
export function createApprovalStore(
  records: Records,
  remember: (approval: Approval) => void,
): ApprovalStore {
  const read = async (id: string): Promise<{ rec: Rec; approval: Approval } | undefined> => {
    const rec = await records.get('approval', id);
    const approval = rec === undefined ? undefined : parseApproval(rec.value);
    return rec === undefined || approval === undefined ? undefined : { rec, approval };
  };
  return {
    load: async (id) => (await read(id))?.approval,
    create: (approval) => records.compareAndSet('approval', approval.id, 0, toRecord(approval)),
    async change(id, next) {
      for (;;) {
        const found = await read(id);
        const wanted = found === undefined ? undefined : next(found.approval);
        if (found === undefined || wanted === undefined) return undefined;
        const { version } = found.rec;
        if (!(await records.compareAndSet('approval', id, version, toRecord(wanted)))) continue;
        remember(wanted);
        return wanted;
      }
    },
    async loadAll(isPast) {
      const kept: Approval[] = [];
      for (const { key, version, value } of await records.list('approval')) {
        const approval = parseApproval(value);
        if (approval === undefined) continue;
        if (isPast(approval)) await records.compareAndSet('approval', key, version, undefined);
        else kept.push(approval);
      }
      return kept;
    },
  };
}
