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
  const used = createUsedDestinations(2);
  const seat = seatOf('a', 's');
  const [first, second, third] = [1, 2, 3].map((n) => `${'x'.repeat(1000)}${n}`);
  for (const each of [first, second, first, third]) used.add(seat, each ?? '');
  expect([first, second, third].map((each) => used.find(seat, each ?? '').byAgent)).toEqual([
    true,
    false,
    true,
  ]);
});
