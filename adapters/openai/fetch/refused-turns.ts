import type { Seat } from 'ringfence/spi';
import type { ReplyCall } from './reply.ts';

/** A reply of which some calls were taken out: what the next request has to be told. */
export interface RefusedTurn {
  /** All calls of the reply, in their order. */
  readonly calls: readonly ReplyCall[];
  /** Id -> why it was refused. */
  readonly answers: ReadonlyMap<string, string>;
}

/** Remembers refused calls, so that the model hears of them beside the answers to their siblings. */
export interface RefusedTurns {
  keep(seat: Seat, turn: RefusedTurn, marks: readonly string[]): void;
  find(seat: Seat, mark: string): RefusedTurn | undefined;
  forget(seat: Seat, mark: string): void;
}

const maxKept = 2_000;

/** How requests name what they go on from: a call that was handed out, a stored response, a conversation. */
export const markOf = {
  call: (id: string) => `call:${id}`,
  response: (id: string) => `response:${id}`,
  conversation: (id: string) => `conversation:${id}`,
} as const;

/** Everything by which a later request may go on from a reply of which these calls were handed out. */
export function marksOf(
  left: readonly ReplyCall[],
  responseId: string | undefined,
  conversation: string | undefined,
): readonly string[] {
  const response = responseId === undefined ? undefined : markOf.response(responseId);
  const stored = [response, conversation].filter((mark) => mark !== undefined);
  return [...left.map(({ id }) => markOf.call(id)), ...stored];
}

/** Bounded: what is forgotten was refused all the same, and the model just does not hear of it any more. */
export function createRefusedTurns(): RefusedTurns {
  const kept = new Map<string, RefusedTurn>();
  const keyOf = ({ agent, session }: Seat, mark: string): string =>
    JSON.stringify([agent.id, session.id, mark]);
  return {
    keep(seat, turn, marks) {
      for (const mark of marks) {
        const key = keyOf(seat, mark);
        kept.delete(key);
        kept.set(key, turn);
        const [oldest] = kept.keys();
        if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
      }
    },
    find: (seat, mark) => kept.get(keyOf(seat, mark)),
    forget: (seat, mark) => void kept.delete(keyOf(seat, mark)),
  };
}
