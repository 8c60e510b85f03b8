import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/model/json.ts';
import { createExpiryWatch } from '../../src/files/expiry-watch.ts';
import { decideWith, load, probe } from '../core/rules/rule-calls.ts';
import { createHandClock } from './clocks.ts';

const day = 86_400_000;
const until = (expires: string, rest: object = {}) => probe({}, { metadata: { expires }, ...rest });

describe('rules that expire while the process runs', () => {
  it('are told of once, the stricter ones too, which go on', () => {
    const clock = createHandClock();
    const set = load([
      until('1970-01-01'),
      until('1970-01-03', { name: 'strict', approval: 'require_review' }),
      until('1970-01-01', { name: 'off', mode: 'off' }),
      probe({}, { name: 'ever' }),
    ]);
    const told: JsonObject[] = [];
    const watch = createExpiryWatch({
      clock,
      current: () => set,
      emit: (_, event) => told.push(event),
    });
    watch.look();
    expect(told).toEqual([]);
    for (let hours = 0; hours < 24; hours += 1) clock.advance(day / 24);
    expect(told).toEqual([{ rule: 'probe', file: 'rules.json', verdict: 'allow', until: day }]);
    for (let hours = 0; hours < 72; hours += 1) clock.advance(day / 24);
    watch.look();
    expect(told.map(({ rule }) => rule)).toEqual(['probe', 'strict']);
    expect(decideWith(set, { nowMs: clock.nowMs() }).verdict).toBe('review');
    watch.close();
  });

  it('are told of again when an edit gives another day that is over too', () => {
    const clock = createHandClock();
    clock.advance(10 * day);
    let set = load([until('1970-01-01')]);
    let count = 0;
    const watch = createExpiryWatch({ clock, current: () => set, emit: () => (count += 1) });
    watch.look();
    set = load([until('1970-01-02')]);
    watch.look();
    watch.look();
    expect(count).toBe(2);
    watch.close();
  });

  it('stop to approve at the end of their day, under the same set', () => {
    const set = load([until('2026-11-23')]);
    const verdictAt = (time: string) => decideWith(set, { nowMs: Date.parse(time) }).verdict;
    expect(verdictAt('2026-11-23T23:59:59.999Z')).toBe('allow');
    expect(verdictAt('2026-11-24T00:00:00Z')).toBe('deny');
  });
});
