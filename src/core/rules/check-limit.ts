import { quote } from '../model/quote.ts';
import { parseLimitPath, toAmount } from './limits.ts';
import type { Finding } from './problem.ts';
import type { LimitSource } from './source.ts';
import { findTimeZone } from './time-zone.ts';

/** What one of `limits` has wrong beyond its form. */
export function checkLimit(source: LimitSource, path: Finding['path']): readonly Finding[] {
  return [...checkWhat(source, path), ...checkWhom(source, path), ...checkZone(source, path)];
}

function checkWhat({ sum, count, max }: LimitSource, path: Finding['path']): readonly Finding[] {
  if ((sum === undefined) === (count === undefined)) {
    const remedy = 'write `"count": true`, or `"sum": "args.amount"`';
    return [{ path, message: 'a limit has either `sum` or `count`', remedy }];
  }
  if (sum === undefined) {
    if (Number.isSafeInteger(max)) return [];
    const remedy = `write ${Math.floor(max)} or ${Math.ceil(max)}`;
    return [{ path: [...path, 'max'], message: 'a limit of calls is a whole number', remedy }];
  }
  if (parseLimitPath(sum) === undefined) return [notAnArgument(sum, [...path, 'sum'])];
  if (toAmount(max) !== undefined && Number.isInteger(roundedMillionths(max))) return [];
  const message = 'a sum is counted in millionths, up to 9,007,199,254 with at most six decimals';
  const remedy = 'round it, or sum an argument in a larger unit';
  return [{ path: [...path, 'max'], message, remedy }];
}

/** Not a whole number when there are more than six decimals. */
function roundedMillionths(max: number): number {
  const millionths = Math.round(max * 1_000_000);
  return millionths / 1_000_000 === max ? millionths : Number.NaN;
}

function checkWhom({ by }: LimitSource, path: Finding['path']): readonly Finding[] {
  if (by === undefined) return [];
  const all = typeof by === 'string' ? [by] : by;
  return all.flatMap((whom, index) => {
    if (['agent', 'session', 'tool'].includes(whom) || parseLimitPath(whom) !== undefined)
      return [];
    const at = typeof by === 'string' ? [...path, 'by'] : [...path, 'by', index];
    return [notAnArgument(whom, at)];
  });
}

function checkZone({ per, tz }: LimitSource, path: Finding['path']): readonly Finding[] {
  if (tz === undefined) return [];
  const at = [...path, 'tz'];
  if (per !== 'calendar_day') {
    const remedy = 'write `"per": "calendar_day"`, or leave `tz` out';
    return [{ path: at, message: 'a rolling window has no time zone', remedy }];
  }
  if (findTimeZone(tz) !== undefined) return [];
  const remedy = 'write a name such as `Europe/Rome` or `UTC`';
  return [{ path: at, message: `there is no time zone ${quote(tz)}`, remedy }];
}

function notAnArgument(text: string, path: Finding['path']): Finding {
  const message = `${quote(text)} is not the path of an argument`;
  return { path, message, remedy: 'write it as `args.amount`' };
}
