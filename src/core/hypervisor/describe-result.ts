import { SupervisionError } from '../model/errors.ts';
import { sealJson, type SealedJson } from '../model/seal-json.ts';
import type { Bounded } from './bounded.ts';
import type { Ending } from './ride.ts';

/** What came out of the tool, errors too: it may carry words of strangers, and a filter changes only what the agent sees. */
export function describeResult(ran: Bounded<unknown>): Ending['result'] {
  if (ran.kind === 'error') {
    const text = errorText(ran.error).slice(0, maxErrorChars).toWellFormed();
    return { text, canonical: sealJson(text).canonical };
  }
  if (ran.kind !== 'value') return undefined;
  const sealed = trySeal(ran.value ?? null);
  if (sealed === undefined) return undefined;
  const { value, canonical } = sealed;
  return { text: typeof value === 'string' ? value : canonical, canonical };
}

/** Of an error's text: more than a person reads, less than JSON's bound. */
const maxErrorChars = 65_536;

/** Whatever a tool throws: an error whose text cannot be had must not cost the call its outcome. */
export function errorText(error: unknown): string {
  try {
    const text: unknown = error instanceof Error ? error.message : error;
    return String(text);
  } catch {
    return 'an error whose text cannot be read';
  }
}

/** Undefined for what is not JSON, or too large to keep: it is then logged without a commitment. */
export function trySeal(value: unknown): SealedJson | undefined {
  try {
    return sealJson(value);
  } catch (error) {
    if (error instanceof SupervisionError) return undefined;
    throw error;
  }
}
