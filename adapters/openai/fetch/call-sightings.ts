import type { Json, JsonObject } from 'ringfence/spi';
import { isGiven } from '../json.ts';
import { ResponseProblem } from '../sse/problem.ts';
import { checkCalls, type ReplyCall } from './reply.ts';
import { toItemCall } from './response-items.ts';

/** Every place where a streamed response speaks of a tool call, held together. */
export interface Sightings {
  /** An output item at its index. `isWhole`: a reader may act on it as it is. */
  see(item: Json | undefined, place: Json | undefined, isWhole: boolean): void;
  /** A piece of the arguments, or all of them (`isWhole`), by the index of its item. */
  addPiece(event: JsonObject, isWhole: boolean): void;
  /** Throws where two of them disagree. */
  finish(): {
    readonly calls: readonly ReplyCall[];
    /** Output index -> id of the call that stands there. */
    readonly places: ReadonlyMap<number, string>;
  };
}

interface Seen {
  readonly call: ReplyCall;
  readonly place: number;
  readonly isWhole: boolean;
}

interface Pieces {
  readonly text: string;
  readonly name: string | undefined;
  readonly isWhole: boolean;
}

export function createSightings(): Sightings {
  const seen = new Map<string, Seen>();
  const places = new Map<number, string>();
  const pieces = new Map<number, Pieces>();
  return {
    see(item, place, isWhole) {
      const call = toItemCall(item);
      if (typeof place === 'number' && (places.get(place) ?? call?.id) !== call?.id)
        throw contradiction();
      if (call === undefined) return;
      if (typeof place !== 'number') throw new ResponseProblem('NO_INDEX');
      places.set(place, call.id);
      const known = seen.get(call.id);
      const next = { call, place, isWhole };
      if (known !== undefined && known.place !== place) throw new ResponseProblem('DUPLICATE_ID');
      if (known === undefined || agree(known, next)) {
        if (known?.isWhole !== true) seen.set(call.id, next);
        return;
      }
      throw contradiction();
    },
    addPiece(event, isWhole) {
      const { output_index: place, delta, arguments: args, input, name } = event;
      const text = isWhole ? (isGiven(args) ? args : input) : delta;
      if (typeof place !== 'number') throw new ResponseProblem('NO_INDEX');
      if (typeof text !== 'string') throw new ResponseProblem('BAD_ARGUMENTS');
      const known = pieces.get(place);
      if (known?.isWhole === true || (isWhole && known !== undefined && known.text !== text)) {
        throw contradiction();
      }
      const said = typeof name === 'string' ? name : undefined;
      pieces.set(place, { text: isWhole ? text : (known?.text ?? '') + text, name: said, isWhole });
    },
    finish() {
      for (const [place, { text, name }] of pieces) {
        const call = seen.get(places.get(place) ?? '')?.call;
        if (call?.text !== text) throw contradiction();
        if (name !== undefined && name !== call.source['name']) throw contradiction();
      }
      return { calls: checkCalls([...seen.values()].map(({ call }) => call)), places };
    },
  };
}

/** What is only begun may have no text yet; all else has to be the same. */
function agree(known: Seen, next: Seen): boolean {
  if (known.call.name !== next.call.name || known.call.kind !== next.call.kind) return false;
  if (known.call.text === next.call.text) return true;
  if (known.isWhole) return !next.isWhole && next.call.text === '';
  return known.call.text === '';
}

function contradiction(): ResponseProblem {
  return new ResponseProblem('CONTRADICTION');
}
