import { toSpanMs } from '../core/rules/time-span.ts';

const dateForm = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/u;

/**
 * `7d` (so long before now, as `toSpanMs` reads it), `2026-11-20` (its begin, UTC) or `2026-11-20T10:00Z`, in milliseconds
 * since 1970; undefined for anything else, and for a day that no calendar has.
 */
export function parseMoment(text: string, nowMs: number): number | undefined {
  const spanMs = toSpanMs(text);
  if (!Number.isNaN(spanMs)) return nowMs - spanMs;
  if (!dateForm.test(text)) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return undefined;
  // 30 February would be 2 March
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) === day ? ms : undefined;
}
