const unitMs: { readonly [unit: string]: number } = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const dateForm = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/u;

/**
 * `7d` (so long before now; s, m, h, d, w), `2026-11-20` (its begin, UTC) or `2026-11-20T10:00Z`, in milliseconds
 * since 1970; undefined for anything else, and for a day that no calendar has.
 */
export function parseMoment(text: string, nowMs: number): number | undefined {
  const [, digits, unit] = /^(\d{1,6})([smhdw])$/u.exec(text) ?? [];
  if (digits !== undefined && unit !== undefined) {
    return nowMs - Number(digits) * (unitMs[unit] ?? 0);
  }
  if (!dateForm.test(text)) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return undefined;
  // 30 February would be 2 March
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) === day ? ms : undefined;
}
