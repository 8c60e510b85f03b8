import type { Decision, Deny } from '../model/decision.ts';
import type { Filter } from '../model/extension.ts';
import type { Json } from '../model/json.ts';
import type { Clock } from '../model/ports.ts';
import { canonicalJson, sealJson } from '../model/seal-json.ts';
import { bounded, type Bounded } from './bounded.ts';
import type { Flight } from './flights.ts';
import { rewriteArgs, type Received } from './receive.ts';

export interface FilterParts {
  readonly filters: ReadonlyMap<string, Filter>;
  readonly clock: Clock;
  readonly decideTimeoutMs: number;
}

/** The filters that the rules ask for and that have not rewritten the call yet. */
export function filtersLeft(decision: Decision, applied: readonly string[]): readonly string[] {
  if (decision.verdict === 'deny' || decision.filters === undefined) return [];
  return decision.filters.filter((name) => !applied.includes(name));
}

/** Runs the named filters over the arguments, one after the other; the call they leave, or the first deny. */
export async function filterArgs(
  parts: FilterParts,
  flight: Flight,
  received: Received,
  names: readonly string[],
): Promise<Received | Deny> {
  let current = received;
  for (const name of names) {
    const filter = parts.filters.get(name);
    if (filter === undefined) return missing(name);
    const { before } = filter;
    if (before === undefined) continue;
    const answer = await ask(parts, flight, () =>
      before.call(filter, current.call.args, current.call),
    );
    const value = take(name, answer);
    if (isDeny(value)) return value;
    try {
      const sealed = sealJson(value);
      if (sealed.canonical !== canonicalJson(current.call.args))
        current = rewriteArgs(current, sealed);
    } catch {
      return deny(name, 'FILTER_FAILED', `the filter \`${name}\` gave arguments that are not JSON`);
    }
  }
  return current;
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
    const value = take(
      name,
      await ask(parts, flight, () => after.call(filter, current, received.call)),
    );
    if (isDeny(value)) return value;
    current = value;
  }
  return { result: current };
}

function ask<T>(parts: FilterParts, flight: Flight, work: () => Promise<T>): Promise<Bounded<T>> {
  return bounded(work, { ms: parts.decideTimeoutMs, clock: parts.clock, flight });
}

function take(name: string, answer: Bounded<Json | Deny>): Json | Deny {
  if (answer.kind === 'cancelled') return answer.why;
  if (answer.kind === 'value') return answer.value;
  return deny(name, 'FILTER_FAILED', `the filter \`${name}\` failed`);
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

// arguments that happen to look like a deny are no worse than denied
function isDeny(value: Json | Deny | Received): value is Deny {
  return (
    typeof value === 'object' &&
    value !== null &&
    'verdict' in value &&
    value.verdict === 'deny' &&
    'code' in value
  );
}

export function isRefusal(value: object): value is Deny {
  return 'verdict' in value;
}
