import { fieldOf } from './field.ts';

const dayMs = 86_400_000;
const httpDate = /^[A-Za-z]{3,9},? /;

/**
 * How long a provider asks to wait, milliseconds: `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110,
 * section 10.2.3), which counts from the answer's own `Date`. At most a day; undefined where it does not say.
 */
export function readRetryAfter(headers: unknown, nowMs: number): number | undefined {
  const exact = toNumber(read(headers, 'retry-after-ms'));
  if (exact !== undefined) return bound(exact);
  const text = read(headers, 'retry-after');
  const seconds = toNumber(text);
  if (seconds !== undefined) return bound(seconds * 1000);
  // `Date.parse` takes nearly anything for a date, a negative number included
  const untilMs = Date.parse(httpDate.test(text ?? '') ? (text ?? '') : '');
  if (Number.isNaN(untilMs)) return undefined;
  const sentMs = Date.parse(read(headers, 'date') ?? '');
  return bound(untilMs - (Number.isNaN(sentMs) ? nowMs : sentMs));
}

function read(headers: unknown, name: string): string | undefined {
  const value: unknown = headers instanceof Headers ? headers.get(name) : fieldOf(headers, name);
  return typeof value === 'string' ? value : undefined;
}

function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}(?:\.\d{1,9})?$/.test(text.trim())
    ? Number(text)
    : undefined;
}

function bound(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), dayMs);
}
