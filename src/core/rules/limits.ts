import type { Demand, LimitUse } from '../model/decision.ts';
import { joinKey } from '../model/length-prefixed.ts';
import type { Json } from '../model/json.ts';
import { sha256Hex } from '../model/sha256.ts';
import { parseArgPath, readPath } from './arg-path.ts';
import type { CallContext } from './call-context.ts';
import type { ConditionSource, LimitSource } from './source.ts';
import { findTimeZone } from './time-zone.ts';

/** One limit of a rule; undefined where the call does not say how much or for whom. */
export type LimitPlan = (context: CallContext) => LimitUse | undefined;

/** Whose limits these are, and what a full one makes of the call. */
export interface LimitOwner {
  readonly rule: string;
  /** Asked with the name of each limit. */
  readonly onExceed: (limit: string) => 'deny' | Demand;
}

interface Window {
  readonly sinceMs: number;
  readonly untilMs: number;
}

const windowsMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const millionths = 1_000_000;

/** The `max_per_*` and `limits` of a condition. */
export function compileLimits(source: ConditionSource, owner: LimitOwner): readonly LimitPlan[] {
  const short: LimitSource[] = [];
  const { max_per_minute: perMinute, max_per_hour: perHour, max_per_day: perDay } = source;
  if (perMinute !== undefined) short.push({ count: true, max: perMinute, per: 'minute' });
  if (perHour !== undefined) short.push({ count: true, max: perHour, per: 'hour' });
  if (perDay !== undefined) short.push({ count: true, max: perDay, per: 'day' });
  return [...smallestOfKind([...short, ...(source.limits ?? [])])].map(([kind, limit]) => {
    const key = joinKey('rule', owner.rule, kind, onlyOne);
    return compileLimit(limit, { key, rule: owner.rule, onExceed: owner.onExceed(kind) });
  });
}

/** Stands in keys that were counted under before there was one limit of a kind. */
const onlyOne = '0';

/**
 * Limits that count the same are one, with the smallest bound. Named by what it counts and neither by place nor by
 * maximum: those may be edited, and others put beside it, without a fresh start.
 */
function smallestOfKind(limits: readonly LimitSource[]): ReadonlyMap<string, LimitSource> {
  const smallest = new Map<string, LimitSource>();
  for (const limit of limits) {
    const kind = kindOf(limit);
    const known = smallest.get(kind);
    if (known === undefined || limit.max < known.max) smallest.set(kind, limit);
  }
  return smallest;
}

function kindOf({ sum, per, tz, by }: LimitSource): string {
  const whom = by === undefined ? [] : typeof by === 'string' ? [by] : by;
  return joinKey(sum === undefined ? 'count' : `sum ${sum}`, per, tz ?? '', ...whom);
}

type Counted = Pick<LimitUse, 'key' | 'rule' | 'onExceed'>;

function compileLimit(source: LimitSource, { key, rule, onExceed }: Counted): LimitPlan {
  const amountOf = compileAmount(source.sum);
  const windowOf = compileWindow(source);
  const by = source.by === undefined ? [] : typeof source.by === 'string' ? [source.by] : source.by;
  const whom = by.map(compileWhom);
  const max = source.sum === undefined ? Math.floor(source.max) : toMax(source.max);
  return (context) => {
    const amount = amountOf(context);
    const window = windowOf(context.facts.nowMs);
    const whose = whom.length === 0 ? key : keyOf(key, whom, context);
    if (amount === undefined || window === undefined || whose === undefined) return undefined;
    const { sinceMs, untilMs } = window;
    return { key: whose, rule, amount, max, sinceMs, untilMs, onExceed };
  };
}

type Whom = (context: CallContext) => string | undefined;

function keyOf(key: string, whom: readonly Whom[], context: CallContext): string | undefined {
  const names = whom.map((read) => read(context));
  return names.every(isText) ? joinKey(key, ...names) : undefined;
}

function isText(name: string | undefined): name is string {
  return name !== undefined;
}

function compileAmount(sum: string | undefined): (context: CallContext) => number | undefined {
  if (sum === undefined) return () => 1;
  const path = parseLimitPath(sum);
  if (path === undefined) return () => undefined;
  return ({ call }) => toAmount(readPath(call.args, path));
}

/** Millionths, rounded up; undefined for what cannot be counted exactly. */
export function toAmount(value: Json | undefined): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return undefined;
  const amount = Math.round(value * millionths);
  // up to six decimals the quotient gives back the very number
  const exact = amount / millionths === value ? amount : Math.ceil(value * millionths);
  return Number.isSafeInteger(exact) ? Math.max(exact, 0) : undefined;
}

function toMax(max: number): number {
  const amount = Math.round(max * millionths);
  const exact = amount / millionths === max ? amount : Math.floor(max * millionths);
  return Math.min(exact, Number.MAX_SAFE_INTEGER);
}

function compileWindow(source: LimitSource): (nowMs: number) => Window | undefined {
  if (source.per === 'calendar_day') {
    const zone = findTimeZone(source.tz ?? 'UTC');
    return (nowMs) => {
      const day = zone?.dayAround(nowMs);
      return day === undefined ? undefined : { sinceMs: day.startMs, untilMs: day.endMs };
    };
  }
  const windowMs = windowsMs[source.per];
  // half open: what happened exactly one window ago no longer counts
  return (nowMs) => ({ sinceMs: nowMs - windowMs + 1, untilMs: nowMs + windowMs });
}

const longName = 128;

function compileWhom(by: string): Whom {
  if (by === 'agent') return ({ call }) => call.seat.agent.id;
  if (by === 'session') return ({ call }) => call.seat.session.id;
  if (by === 'tool') return ({ call }) => call.tool;
  const path = parseLimitPath(by);
  if (path === undefined) return () => undefined;
  return ({ call }) => {
    const value = readPath(call.args, path);
    if (value === undefined || typeof value === 'object') return undefined;
    const text = JSON.stringify(value);
    return text.length > longName ? `sha256 ${sha256Hex(text)}` : text;
  };
}

/** `args.a.b`, or an RFC 6901 pointer into the arguments; undefined if it is neither. */
export function parseLimitPath(text: string): readonly string[] | undefined {
  if (text.startsWith('/')) return parseArgPath(text);
  return text.startsWith('args.') ? parseArgPath(text.slice('args.'.length)) : undefined;
}
