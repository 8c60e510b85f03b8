import type { Hypervisor, Json, Seat } from 'ringfence/spi';

/** The calls that were handed to foreign code and have not come back, by the id that the model gave them. */
export interface OpenCalls {
  /** Takes the id, in one step with finding it free; false where it is taken. */
  reserve(seat: Seat, id: string): boolean;
  /** The call was allowed: `callId` is what settles it. */
  add(seat: Seat, id: string, callId: string): void;
  /** The call was not allowed: its id is free. */
  free(seat: Seat, id: string): void;
  /** Closes the call with what foreign code says came of it; does nothing for a call that is not open. */
  settle(seat: Seat, id: string, value: Json): Promise<void>;
  /** Closes a call that was allowed and never handed out. */
  withdraw(seat: Seat, id: string): Promise<void>;
}

export function createOpenCalls(hypervisor: Hypervisor): OpenCalls {
  // undefined while the call is judged
  const open = new Map<string, string | undefined>();
  const keys = new Map<string, string>();
  // ids are labels of one conversation: two seats may well use the same
  const keyOf = ({ agent, session }: Seat, id: string): string =>
    JSON.stringify([agent.id, session.id, id]);
  const forget = (key: string, callId: string): void => {
    open.delete(key);
    keys.delete(callId);
  };
  // after ten minutes the hypervisor itself closes the call as unknown: its id is then free
  hypervisor.events.on('call.unknown', ({ call }) => {
    const key = typeof call === 'string' ? keys.get(call) : undefined;
    if (key !== undefined && typeof call === 'string') forget(key, call);
  });
  const take = (seat: Seat, id: string): string | undefined => {
    const key = keyOf(seat, id);
    const callId = open.get(key);
    if (callId !== undefined) forget(key, callId);
    return callId;
  };
  const close = async (
    callId: string | undefined,
    result: Parameters<Hypervisor['settle']>[1],
  ): Promise<void> => {
    // closed as unknown in the same moment: that stands
    if (callId !== undefined) await hypervisor.settle(callId, result).catch(() => undefined);
  };
  return {
    reserve(seat, id) {
      const key = keyOf(seat, id);
      if (open.has(key)) return false;
      open.set(key, undefined);
      return true;
    },
    free: (seat, id) => void open.delete(keyOf(seat, id)),
    add(seat, id, callId) {
      const key = keyOf(seat, id);
      open.set(key, callId);
      keys.set(callId, key);
    },
    settle: (seat, id, value) => close(take(seat, id), { value }),
    withdraw: (seat, id) =>
      close(take(seat, id), { error: 'the reply was not handed out, so the call was never run' }),
  };
}
