import type { Json, JsonObject } from 'ringfence/spi';
import { isArray, isGiven, isObject } from '../json.ts';
import { ResponseProblem } from './problem.ts';

/** A model that calls more tools at once than this is not taken seriously. */
const maxCalls = 128;

interface Draft {
  id: string;
  type: string;
  name: string;
  text: string;
}

const bodies = { function: 'arguments', custom: 'input' } as const;

/** Puts the fragments of tool calls together, by index. */
export interface CallFragments {
  add(fragments: Json | undefined): void;
  /** In the order of their index; throws where one is incomplete. */
  finish(): readonly JsonObject[];
}

export function createCallFragments(): CallFragments {
  const drafts = new Map<number, Draft>();
  const draftAt = (index: number): Draft => {
    const found = drafts.get(index);
    if (found !== undefined) return found;
    if (index >= maxCalls) throw new ResponseProblem('BAD_CALL', `: index ${index}`);
    const draft = { id: '', type: '', name: '', text: '' };
    drafts.set(index, draft);
    return draft;
  };
  const addOne = (fragment: Json): void => {
    if (!isObject(fragment)) throw new ResponseProblem('BAD_CALL');
    const { index, id, type, function: fn, custom, ...other } = fragment;
    if (!isIndex(index)) throw new ResponseProblem('NO_INDEX');
    if (Object.values(other).some(isGiven)) throw new ResponseProblem('UNSUPPORTED_DELTA');
    const draft = draftAt(index);
    draft.id = agree(draft.id, id);
    draft.type = agree(draft.type, type);
    if (isGiven(fn)) addBody(draft, 'function', fn);
    if (isGiven(custom)) addBody(draft, 'custom', custom);
  };
  return {
    add(fragments) {
      if (!isGiven(fragments)) return;
      if (!isArray(fragments)) throw new ResponseProblem('BAD_CALL');
      fragments.forEach(addOne);
    },
    finish() {
      const sorted = [...drafts].toSorted(([one], [other]) => one - other);
      return sorted.map(([index, draft], position) => {
        if (index !== position) throw new ResponseProblem('BAD_CALL', `: no index ${position}`);
        return toCall(draft);
      });
    },
  };
}

function isIndex(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Said once, or again the same: a second answer would be read by some and not by others. */
function agree(known: string, said: Json | undefined): string {
  if (!isGiven(said) || said === '') return known;
  if (typeof said !== 'string' || (known !== '' && known !== said)) {
    throw new ResponseProblem('BAD_CALL');
  }
  return said;
}

function addBody(draft: Draft, type: 'function' | 'custom', body: Json | undefined): void {
  if (!isObject(body)) throw new ResponseProblem('BAD_CALL');
  const { name, [bodies[type]]: text, ...other } = body;
  if (Object.values(other).some(isGiven)) throw new ResponseProblem('UNSUPPORTED_DELTA');
  if (isGiven(text) && typeof text !== 'string') throw new ResponseProblem('BAD_ARGUMENTS');
  draft.type = agree(draft.type, type);
  if (isGiven(name) && name !== '') {
    // some readers overwrite a name that comes twice, others append it
    if (typeof name !== 'string' || draft.name !== '') throw new ResponseProblem('BAD_CALL');
    draft.name = name;
  }
  if (typeof text === 'string') draft.text += text;
}

function toCall({ id, type, name, text }: Draft): JsonObject {
  if (type === 'custom') return { id, type, custom: { name, input: text } };
  return { id, type: type || 'function', function: { name, arguments: text } };
}
