import type { Decision, Deny } from '../model/decision.ts';
import type { Filter } from '../model/extension.ts';
import type { Json } from '../model/json.ts';
import type { Clock } from '../model/ports.ts';
import { canonicalJson, sealJson, type SealedJson } from '../model/seal-json.ts';
import { bounded, type Bounded } from './bounded.ts';
import type { Flight } from './flights.ts';
import { rewriteArgs, type Received } from './receive.ts';

export interface FilterParts {
  readonly filters: ReadonlyMap<string, Filter>;
  readonly clock: Clock;
  readonly decideTimeoutMs: number;
}

/** The filters that the rules ask for and that this pass has not asked. */
export function filtersLeft(decision: Decision, applied: readonly string[]): readonly string[] {
  if (decision.verdict === 'deny' || decision.filters === undefined) return [];
  return decision.filters.filter((name) => !applied.includes(name));
}

/** The call as filters leave it, and those of them that changed it. */
export interface Filtered {
  readonly received: Received;
  readonly rewrote: readonly string[];
}

/** Runs the named filters over the arguments, one after the other; the call they leave, or the first deny. */
export async function filterArgs(
  parts: FilterParts,
  flight: Flight,
  received: Received,
  names: readonly string[],
): Promise<Filtered | Deny> {
  let current = received;
  const rewrote: string[] = [];
  for (const name of names) {
    const filter = parts.filters.get(name);
    if (filter === undefined) return missing(name);
    const { before } = filter;
    if (before === undefined) continue;
    const answer = await ask(parts, flight, () =>
      before.call(filter, current.call.args, current.call),
    );
    const taken = take(name, answer, current.call.args);
    if (isRefusal(taken)) return taken;
    if (taken.canonical === canonicalJson(current.call.args)) continue;
    try {
      current = await rewriteArgs(current, taken);
      rewrote.push(name);
    } catch {
      const what = 'arguments that the schema or the action of the tool does not take';
      return deny(name, 'FILTER_FAILED', `the filter \`${name}\` gave ${what}`);
    }
  }
  return { received: current, rewrote };
}

/** Runs the named filters over a result; a deny withholds it. */
export async function filterResult(
  parts: FilterParts,
  flight: Flight,
  received: Received,
  { names, result }: { readonly names: readonly string[]; readonly result: Json },
): Promise<{ readonly result: Json } | Deny> {
  let current = result;
  for (const name of names) {
    const filter = parts.filters.get(name);
    const after = filter?.after;
    if (filter === undefined || after === undefined) continue;
    const answer = await ask(parts, flight, () => after.call(filter, current, received.call));
    const taken = take(name, answer, current);
    if (isRefusal(taken)) return taken;
    current = taken.value;
  }
  return { result: current };
}

function ask<T>(parts: FilterParts, flight: Flight, work: () => Promise<T>): Promise<Bounded<T>> {
  return bounded(work, { ms: parts.decideTimeoutMs, clock: parts.clock, flight });
}

/** What a filter made of what it was given, or why nothing may go on. */
function take(name: string, answer: Bounded<Json | Deny>, given: Json): SealedJson | Deny {
  if (answer.kind === 'cancelled') return answer.why;
  if (answer.kind !== 'value') return deny(name, 'FILTER_FAILED', `the filter \`${name}\` failed`);
  const { value } = answer;
  // handed back as it came: data that reads like a deny is none
  if (value !== given && isDeny(value)) return toWholeDeny(name, value);
  try {
    const sealed = sealJson(value);
    return value === given ? { ...sealed, value: given } : sealed;
  } catch {
    return deny(name, 'FILTER_FAILED', `the filter \`${name}\` gave back what is not JSON`);
  }
}

function missing(name: string): Deny {
  return deny(
    name,
    'FILTER_MISSING',
    `the filter \`${name}\` that a rule asks for is not registered; register it or mend the rule`,
  );
}

function deny(by: string, code: Deny['code'], reason: string): Deny {
  return { verdict: 'deny', by, code, reason };
}

function isDeny(value: Json | Deny): value is Deny {
  return (
    typeof value === 'object' && value !== null && 'verdict' in value && value.verdict === 'deny'
  );
}

// users write filters in JavaScript too: a deny that leaves something out is a deny all the same
function toWholeDeny(name: string, { by, code, reason, retryAfterMs }: Partial<Deny>): Deny {
  return {
    verdict: 'deny',
    by: typeof by === 'string' ? by : name,
    code: typeof code === 'string' ? code : 'FILTER_DENIED',
    reason: typeof reason === 'string' ? reason : `the filter \`${name}\` denied it`,
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
  };
}

export function isRefusal(value: object): value is Deny {
  return 'verdict' in value;
}
