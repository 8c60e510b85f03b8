import { joinKey } from '../../model/length-prefixed.ts';
import type { Tier } from './calibration.ts';

/** The rate at which a model allows, before and now: 0..1. */
export interface Drift {
  readonly model: string;
  readonly tier: Tier;
  readonly rateBefore: number;
  readonly rateNow: number;
}

/** Watches how often each model allows in each tier. It only tells: nothing is decided by it. */
export interface DriftWatch {
  record(model: string, tier: Tier, isAllow: boolean): void;
  /** Rates that left their range and have not come back, for health. */
  problems(): readonly string[];
  /** Other rules, prompts or policy: what was counted says nothing of them. */
  forget(): void;
}

/** Counted by blocks, so that a model and tier costs a few dozen numbers, however long it runs. */
export const driftLimits = {
  blockSize: 25,
  /** The last 100 judgements are compared with up to 1,000 before them, and with 200 at the least. */
  recentBlocks: 4,
  minBlocks: 8,
  maxBlocks: 40,
  /** Standard errors between both rates: where an alarm begins, and below which it ends. */
  beginsAt: 4,
  endsBelow: 3,
  /** Models and tiers that are watched; a judge has nine at the most. */
  maxSeries: 64,
} as const;

interface Series {
  readonly model: string;
  readonly tier: Tier;
  readonly block: { size: number; allows: number };
  /** Allows of each block, the oldest first. */
  readonly recent: number[];
  readonly before: number[];
  /** Of the alarm, while there is one. */
  drift: Drift | undefined;
}

/** `tell` hears of each alarm once: when it begins. */
export function createDriftWatch(tell: (drift: Drift) => void): DriftWatch {
  const all = new Map<string, Series>();
  const find = (model: string, tier: Tier): Series => {
    const key = joinKey(model, tier);
    const fresh = { block: { size: 0, allows: 0 }, recent: [], before: [], drift: undefined };
    const series = all.get(key) ?? { model, tier, ...fresh };
    all.set(key, series);
    if (all.size > driftLimits.maxSeries) forgetOldest(all);
    return series;
  };
  return {
    record(model, tier, isAllow) {
      const series = find(model, tier);
      if (!count(series, isAllow)) return;
      const wasDrifted = series.drift !== undefined;
      series.drift = compare(series);
      if (series.drift !== undefined && !wasDrifted) tell(series.drift);
    },
    problems: () => [...all.values()].flatMap(({ drift }) => (drift ? [describe(drift)] : [])),
    forget: () => all.clear(),
  };
}

/** True where a block is full, and there is something new to compare. */
function count({ block, recent, before, drift }: Series, isAllow: boolean): boolean {
  block.size += 1;
  if (isAllow) block.allows += 1;
  if (block.size < driftLimits.blockSize) return false;
  recent.push(block.allows);
  block.size = 0;
  block.allows = 0;
  if (recent.length <= driftLimits.recentBlocks) return true;
  const [oldest = 0] = recent.splice(0, 1);
  // while a rate is out of range it must not become the one that others are measured by
  if (drift === undefined) before.push(oldest);
  if (before.length > driftLimits.maxBlocks) before.shift();
  return true;
}

function compare({ model, tier, recent, before, drift }: Series): Drift | undefined {
  const { recentBlocks, minBlocks, beginsAt, endsBelow } = driftLimits;
  if (recent.length < recentBlocks || before.length < minBlocks) return undefined;
  const [then, now] = [sumOf(before), sumOf(recent)];
  if (distance(then, now) < (drift === undefined ? beginsAt : endsBelow)) return undefined;
  return { model, tier, rateBefore: then.allows / then.size, rateNow: now.allows / now.size };
}

interface Sample {
  readonly size: number;
  readonly allows: number;
}

function sumOf(blocks: readonly number[]): Sample {
  const allows = blocks.reduce((sum, each) => sum + each, 0);
  return { allows, size: blocks.length * driftLimits.blockSize };
}

/**
 * Standard errors between two rates, by Anscombe's arcsine transformation (Biometrika 35, 1948): its variance hardly
 * depends on the rate, so that a judge which allows nearly all or nothing raises no more false alarms than another.
 */
function distance(one: Sample, other: Sample): number {
  const error = Math.sqrt(1 / (one.size + 0.5) + 1 / (other.size + 0.5));
  return Math.abs(toAngle(one) - toAngle(other)) / error;
}

function toAngle({ size, allows }: Sample): number {
  return 2 * Math.asin(Math.sqrt((allows + 3 / 8) / (size + 3 / 4)));
}

function describe({ model, tier, rateBefore, rateNow }: Drift): string {
  const [then, now] = [percent(rateBefore), percent(rateNow)];
  return `the model \`${model}\` allows ${now} of the calls of tier \`${tier}\`, and ${then} before; look at what agents ask for, and whether the provider changed the model`;
}

function percent(rate: number): string {
  return `${Math.round(rate * 100)} %`;
}

function forgetOldest(all: Map<string, Series>): void {
  for (const key of all.keys()) {
    all.delete(key);
    return;
  }
}
