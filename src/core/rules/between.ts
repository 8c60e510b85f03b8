import type { CallContext, Check } from './call-context.ts';
import type { BetweenSource } from './source.ts';
import { findTimeZone } from './time-zone.ts';
import type { Truth } from './truth.ts';

const week = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** From inclusive, to exclusive, on the clocks of the zone. Past midnight, `days` are those on which it starts. */
export function compileBetween(source: BetweenSource): Check {
  const zone = findTimeZone(source.tz ?? 'UTC');
  const from = toMinute(source.from);
  const to = toMinute(source.to);
  const days = new Set<string>(source.days ?? week);
  const isInside = (day: string, minute: number): boolean => {
    if (from < to) return days.has(day) && minute >= from && minute < to;
    return (days.has(day) && minute >= from) || (days.has(dayBefore(day)) && minute < to);
  };
  const test = ({ facts }: CallContext): Truth => {
    if (zone === undefined || !Number.isFinite(facts.nowMs)) return 'error';
    const local = zone.localTime(facts.nowMs);
    return isInside(local.day, local.minute);
  };
  return { label: 'between', test };
}

function dayBefore(day: string): string {
  return week[(week.indexOf(day) + 6) % 7] ?? '';
}

function toMinute(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
