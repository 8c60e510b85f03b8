const unitMs: { readonly [unit: string]: number } = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export const timeSpan = /^([1-9]\d{0,5})([smhd])$/;

/** `30s`, `10m`, `2h` or `7d` in milliseconds; NaN for anything else, which no time is within. */
export function toSpanMs(text: string): number {
  const [, digits = '', unit = ''] = timeSpan.exec(text) ?? [];
  return Number(digits || Number.NaN) * (unitMs[unit] ?? Number.NaN);
}
