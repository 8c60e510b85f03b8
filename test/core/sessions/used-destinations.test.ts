import { expect, it } from 'vitest';
import { createUsedDestinations } from '../../../src/core/sessions/used-destinations.ts';
import { makeCall } from '../rules/rule-calls.ts';

const seatOf = (agent: string, session: string) => makeCall({ agent, session }).call.seat;

it('destinations are known by session and by agent, and of neither by a likeness of names', () => {
  const used = createUsedDestinations();
  used.add(seatOf('a', 's1'), '5');
  expect(used.find(seatOf('a', 's1'), '5')).toEqual({ inSession: true, byAgent: true });
  expect(used.find(seatOf('a', 's'), '15')).toEqual({ inSession: false, byAgent: false });
  expect(used.find(seatOf('b', 's1'), 5)).toEqual({ inSession: false, byAgent: false });
  expect(used.find(seatOf('b', 's1'), '5')).toEqual({ inSession: true, byAgent: false });
  expect(used.find(seatOf('s1', 'a'), '5')).toEqual({ inSession: false, byAgent: false });
});

it('destinations of longest ago are forgotten, also long ones', () => {
  const used = createUsedDestinations(20);
  const seat = seatOf('a', 's');
  const names = Array.from({ length: 21 }, (_, n) => `${'x'.repeat(1000)}${n}`);
  const [first = '', second = ''] = names;
  for (const each of [...names.slice(0, 20), first, ...names.slice(20)]) used.add(seat, each);
  const known = names.filter((each) => used.find(seat, each).byAgent);
  expect(known).toContain(first);
  expect(known).not.toContain(second);
  expect(known.slice(-15)).toEqual(names.slice(-15));
});

it('destinations beyond the bound take no longer than those before', () => {
  const used = createUsedDestinations();
  const seat = seatOf('a', 's');
  const timeFor = (from: number, to: number): number => {
    const started = process.cpuUsage();
    for (let n = from; n < to; n += 1) used.add(seat, n);
    return process.cpuUsage(started).user;
  };
  const plain = timeFor(0, 50_000);
  timeFor(50_000, 75_000);
  expect(timeFor(75_000, 125_000) / plain).toBeLessThan(4);
});
