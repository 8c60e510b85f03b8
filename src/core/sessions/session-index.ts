import type { IndexPool } from '../provenance/index-pool.ts';
import { createProvenance, type Provenance } from '../provenance/provenance.ts';
import type { Memory } from './memory.ts';

/** The index of a session's texts: made when first asked for, so that sessions whose rules ask nothing pay nothing. */
export interface SessionIndex {
  /** Up to date with these, which are those of the last time and what came since. */
  of(memories: readonly Memory[]): Provenance;
  /** Made again of what is left, when somebody asks. */
  drop(): void;
}

/** The pool holds this and not the session, so that what a session remembers goes with it. */
export function createSessionIndex(pool: IndexPool | undefined): SessionIndex {
  let index: { readonly provenance: Provenance; size: number } | undefined;
  const holder = {
    drop: () => {
      index = undefined;
    },
  };
  return {
    of(memories) {
      index ??= { provenance: createProvenance(), size: 0 };
      for (; index.size < memories.length; index.size += 1) {
        const memory = memories[index.size];
        if (memory !== undefined) index.provenance.add(toEntered(memory));
      }
      const { provenance } = index;
      pool?.use(holder, provenance.bytes);
      return provenance;
    },
    drop() {
      holder.drop();
      pool?.remove(holder);
    },
  };
}

function toEntered(memory: Memory): Parameters<Provenance['add']>[0] {
  const { text, origin, tool, isReceipt = false, isApproved = false } = memory;
  return {
    text,
    origin,
    ...(tool === undefined ? {} : { tool }),
    ...(isReceipt ? { isReceipt } : {}),
    ...(isApproved ? { isWhole: true } : {}),
  };
}
