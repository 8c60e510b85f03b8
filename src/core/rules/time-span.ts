const unitMs: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** How rules write a time: no time at all is no time that anything is within. */
export const timeSpan = /^([1-9]\d{0,5})([smhd])$/;

/** `500ms`, `30s`, `10m`, `2h`, `7d` or `2w` in milliseconds; NaN for anything else, which no time is within. */
export function toSpanMs(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,6})(ms|[smhdw])$/u.exec(text) ?? [];
  return Number(digits || Number.NaN) * (unitMs[unit] ?? Number.NaN);
}
