import type { Claim, Hypervisor, Seat, SubmitRequest } from 'ringfence/spi';
import type { ToolDesk } from './tool-desk.ts';

/** What every way through the guard needs. */
export interface Answering {
  readonly hypervisor: Hypervisor;
  readonly desk: ToolDesk;
  /** Who acts now: from the operator, never from arguments or messages. */
  readonly seat: () => Seat;
  /** How long a call waits for a person: milliseconds; undefined leaves it to the hypervisor. */
  readonly waitMs: number | undefined;
  /** A name of the conversation that outlives a restart: with it, a call id runs at most once. */
  readonly thread: (() => string) | undefined;
}

/** What goes with every call of one turn. */
export function toRequest(
  { seat, waitMs, thread }: Answering,
  signal: AbortSignal | undefined,
): (id: string) => Pick<SubmitRequest, 'seat' | 'claim' | 'signal' | 'waitMs'> {
  const rest = {
    seat: seat(),
    ...(waitMs === undefined ? {} : { waitMs }),
    ...(signal === undefined ? {} : { signal }),
  };
  const name = thread?.();
  if (name === undefined) return () => rest;
  return (id) => {
    const claim: Claim = { adapter: 'openai', thread: name, task: '', id };
    return { ...rest, claim };
  };
}
