import { median, quantile } from './statistics.ts';

/** One measured number, as a line of `--json`. Times are in `unit`; figures that are no times leave `perSecond` at 0. */
export interface Figure {
  readonly name: string;
  readonly unit: 'us' | 'ms' | 'bytes';
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  /** The median of what the figure is held against, measured in the same run, in `unit`. */
  readonly floor?: number;
  /** The package that this figure is of, where it is not ours. */
  readonly peer?: string;
  /** p50 to the floor; of a peer, its p50 to ours. */
  readonly ratio?: number;
  /** Of distributions whose tail is a bar of its own. */
  readonly p95?: number;
  readonly max?: number;
  /** Whether the budget is met, and which it is; without one the figure is for information. */
  readonly met?: boolean;
  readonly bar?: string;
}

/** Something that a person should know beside the figures, such as a peer that was left out. */
export type Note = (text: string) => void;

/** A group of figures that are measured together. */
export interface Suite {
  /** The beginnings of the names of its figures. */
  readonly figures: readonly [string, ...string[]];
  /** True if it ends within seconds when short. */
  readonly isShort: boolean;
  measure(options: { readonly short: boolean; readonly note: Note }): Promise<readonly Figure[]>;
}

const perSecondOf = { us: 1e6, ms: 1e3 } as const;

/** A figure of durations, in the unit of the samples. */
export function toFigure(
  name: string,
  unit: 'us' | 'ms',
  samples: readonly number[],
  more: Partial<Figure> = {},
): Figure {
  const p50 = median(samples);
  const perSecond = Math.round(perSecondOf[unit] / p50);
  return { name, unit, p50: round(p50), p99: round(quantile(samples, 0.99)), perSecond, ...more };
}

/** Four significant digits: more would claim a precision that a shared machine has not. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}
