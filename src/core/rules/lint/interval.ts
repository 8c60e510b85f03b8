import type { PredicatesSource } from '../source.ts';

type Bounded = Pick<PredicatesSource, 'gt' | 'gte' | 'lt' | 'lte' | 'prefix'>;
interface Bound<T> {
  readonly at: T;
  readonly isOpen: boolean;
}

/** What comparisons leave of the numbers, or of the texts in their order. */
export interface Interval<T extends number | string> {
  readonly low: Bound<T> | undefined;
  readonly high: Bound<T> | undefined;
}

export function numbersOf({ gt, gte, lt, lte }: Bounded): Interval<number> {
  return {
    low: higher(isNumber(gt) ? open(gt) : undefined, isNumber(gte) ? closed(gte) : undefined),
    high: lower(isNumber(lt) ? open(lt) : undefined, isNumber(lte) ? closed(lte) : undefined),
  };
}

/** A text with a prefix is never before it. */
export function textsOf({ gt, gte, lt, lte, prefix }: Bounded): Interval<string> {
  const from = higher(isText(gt) ? open(gt) : undefined, isText(gte) ? closed(gte) : undefined);
  return {
    low: higher(from, prefix === undefined ? undefined : closed(prefix)),
    high: lower(isText(lt) ? open(lt) : undefined, isText(lte) ? closed(lte) : undefined),
  };
}

/** What is in both. */
export function intersect<T extends number | string>(
  one: Interval<T>,
  other: Interval<T>,
): Interval<T> {
  return { low: higher(one.low, other.low), high: lower(one.high, other.high) };
}

/** Surely nothing is in it. */
export function isEmpty<T extends number | string>({ low, high }: Interval<T>): boolean {
  if (low === undefined || high === undefined) return false;
  return low.at > high.at || (low.at === high.at && (low.isOpen || high.isOpen));
}

/** Surely no whole number is in it. */
export function hasNoInteger({ low, high }: Interval<number>): boolean {
  if (low === undefined || high === undefined) return false;
  const first = low.isOpen ? Math.floor(low.at) + 1 : Math.ceil(low.at);
  const last = high.isOpen ? Math.ceil(high.at) - 1 : Math.floor(high.at);
  return first > last;
}

/** Everything in `inner` is in `outer` too. */
export function isWithin<T extends number | string>(
  inner: Interval<T>,
  outer: Interval<T>,
): boolean {
  const { low, high } = outer;
  const fitsBelow =
    low === undefined ||
    (inner.low !== undefined &&
      (inner.low.at > low.at || (inner.low.at === low.at && (inner.low.isOpen || !low.isOpen))));
  const fitsAbove =
    high === undefined ||
    (inner.high !== undefined &&
      (inner.high.at < high.at ||
        (inner.high.at === high.at && (inner.high.isOpen || !high.isOpen))));
  return fitsBelow && fitsAbove;
}

export function holds<T extends number | string>({ low, high }: Interval<T>, value: T): boolean {
  if (low !== undefined && (value < low.at || (value === low.at && low.isOpen))) return false;
  return high === undefined || value < high.at || (value === high.at && !high.isOpen);
}

function open<T>(at: T): Bound<T> {
  return { at, isOpen: true };
}

function closed<T>(at: T): Bound<T> {
  return { at, isOpen: false };
}

function higher<T extends number | string>(
  one: Bound<T> | undefined,
  other: Bound<T> | undefined,
): Bound<T> | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.at > other.at || (one.at === other.at && one.isOpen) ? one : other;
}

function lower<T extends number | string>(
  one: Bound<T> | undefined,
  other: Bound<T> | undefined,
): Bound<T> | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.at < other.at || (one.at === other.at && one.isOpen) ? one : other;
}

function isNumber(value: number | string | undefined): value is number {
  return typeof value === 'number';
}

function isText(value: number | string | undefined): value is string {
  return typeof value === 'string';
}
