/** Whether a number is a whole multiple of another (above 0), both taken as the decimals that they are written as. */
export function isDecimalMultiple(value: number, of: number): boolean {
  const [one, other] = [toDecimal(value), toDecimal(of)];
  const places = Math.max(one.places, other.places);
  const divisor = scale(other, places);
  return divisor !== 0n && scale(one, places) % divisor === 0n;
}

interface Decimal {
  readonly digits: bigint;
  /** Of the digits, how many stand behind the point; negative where zeros follow. */
  readonly places: number;
}

function toDecimal(value: number): Decimal {
  const [, whole = '0', part = '', exponent = '0'] =
    /^(-?\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  return { digits: BigInt(whole + part), places: part.length - Number(exponent) };
}

function scale({ digits, places }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(to - places);
}
