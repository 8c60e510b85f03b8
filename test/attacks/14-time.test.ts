import { describe, expect, it } from 'vitest';
import { decideWith, load, probe } from '../core/rules/rule-calls.ts';

const at = (iso: string) => ({ nowMs: Date.parse(iso) });
const rome = (from: string, to: string) =>
  load([probe({ between: { tz: 'Europe/Rome', from, to } })]);

describe('attack class 14, time: rules', () => {
  it('the hour that does not exist in spring opens nothing', () => {
    const night = rome('02:00', '03:00');
    for (const time of ['2026-03-29T00:59:00Z', '2026-03-29T01:00:00Z', '2026-03-29T01:30:00Z']) {
      expect(decideWith(night, at(time)).verdict).toBe('deny');
    }
    expect(decideWith(night, at('2026-03-30T00:30:00Z')).verdict).toBe('allow');
  });

  it('the hour that comes twice in autumn is open twice, and closed after', () => {
    const night = rome('02:00', '03:00');
    const verdicts = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00Z'].map(
      (time) => decideWith(night, at(time)).verdict,
    );
    expect(verdicts).toEqual(['allow', 'allow', 'deny']);
  });

  it('a clock that jumps back and forth changes each answer at once', () => {
    const day = rome('08:00', '20:00');
    for (let round = 0; round < 3; round += 1) {
      expect(decideWith(day, at('2026-11-23T10:00:00Z')).verdict).toBe('allow');
      expect(decideWith(day, at('2026-11-23T23:00:00Z')).verdict).toBe('deny');
      expect(decideWith(day, at('1969-12-31T10:00:00Z')).verdict).toBe('allow');
    }
  });

  it('expiry is asked at every call, not when the rules are loaded', () => {
    const set = load(
      [probe({}, { metadata: { expires: '2026-11-23' } })],
      {},
      at('2026-01-01T00:00:00Z'),
    );
    expect(decideWith(set, at('2026-11-23T23:59:59.999Z')).verdict).toBe('allow');
    expect(decideWith(set, at('2026-11-24T00:00:00Z')).verdict).toBe('deny');
    expect(decideWith(set, at('2026-11-23T12:00:00Z')).verdict).toBe('allow');
  });

  it('a calendar day never starts after the call it counts', () => {
    for (const tz of [
      'Europe/Rome',
      'America/St_Johns',
      'Pacific/Apia',
      'Asia/Kathmandu',
      'Africa/Cairo',
      'UTC',
    ]) {
      const set = load([probe({ limits: [{ count: true, max: 1, per: 'calendar_day', tz }] })]);
      for (let hours = 0; hours < 24 * 366; hours += 31) {
        const nowMs = Date.UTC(2026, 0, 1, hours);
        const decision = decideWith(set, { nowMs });
        const [use] = decision.verdict === 'allow' ? (decision.limits ?? []) : [];
        const { sinceMs = Number.NaN, untilMs = Number.NaN } = use ?? {};
        expect(sinceMs <= nowMs && nowMs < untilMs).toBe(true);
        expect(untilMs - sinceMs).toBeGreaterThanOrEqual(23 * 3_600_000);
        expect(untilMs - sinceMs).toBeLessThanOrEqual(25 * 3_600_000);
      }
    }
  });
});
