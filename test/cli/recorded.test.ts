import { describe, expect, it } from 'vitest';
import { parseMoment } from '../../src/cli/moment.ts';
import { createRecordedSessions } from '../../src/cli/recorded-sessions.ts';
import { createSightings } from '../../src/cli/sightings.ts';

const nowMs = Date.UTC(2026, 10, 23, 10);

describe('times on the command line', () => {
  it.each([
    ['7d', nowMs - 7 * 86_400_000],
    ['90s', nowMs - 90_000],
    ['2w', nowMs - 14 * 86_400_000],
    ['2026-11-20', Date.UTC(2026, 10, 20)],
    ['2026-11-20T10:00Z', Date.UTC(2026, 10, 20, 10)],
    ['2026-11-20T10:00:00.5+01:00', Date.UTC(2026, 10, 20, 9, 0, 0, 500)],
  ])('%s', (text, ms) => expect(parseMoment(text, nowMs)).toBe(ms));

  it.each([
    '',
    '7',
    'd',
    '-7d',
    '7 d',
    '1e3d',
    '2026-13-01',
    '2026-02-30',
    '2026-11-20T10:00',
    'now',
    '2026-02-30T00:00Z',
    '2026-11-20T25:00Z',
  ])('refuses %j', (text) => expect(parseMoment(text, nowMs)).toBeUndefined());
});

describe('what is remembered of a record', () => {
  it('a flood of sessions is forgotten, the longest idle first, and counted', () => {
    const sessions = createRecordedSessions();
    for (let at = 0; at < 25_000; at += 1) sessions.heard(`s${at}`, 'hello');
    expect(sessions.forgotten).toBeGreaterThanOrEqual(15_000);
    expect(sessions.forgotten).toBeLessThan(17_000);
  });

  it('long texts are bounded by what they hold together', () => {
    const sessions = createRecordedSessions();
    const text = 'x'.repeat(300_000);
    for (let at = 0; at < 300; at += 1) sessions.heard(`s${at}`, text);
    expect(sessions.forgotten).toBeGreaterThan(0);
    expect(sessions.forgotten).toBeLessThan(300);
  });

  it('sightings keep the newest half and never more than asked', () => {
    const seen = createSightings<number>(100);
    for (let at = 0; at < 1000; at += 1) seen.add(`id-${at}`, at);
    expect([seen.get('id-999'), seen.get('id-951'), seen.get('id-899')]).toEqual([
      999,
      951,
      undefined,
    ]);
    expect([seen.take('id-999'), seen.get('id-999')]).toEqual([999, undefined]);
  });
});
