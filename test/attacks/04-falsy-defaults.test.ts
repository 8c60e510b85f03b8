import { describe, expect, it } from 'vitest';
import { decideWith, load, probe } from '../core/rules/rule-calls.ts';

describe('attack class 4, falsy defaults: rules', () => {
  it('a limit of 0 is a limit of 0', () => {
    for (const condition of [
      { max_per_minute: 0 },
      { limits: [{ count: true, max: 0, per: 'day' }] },
    ]) {
      expect(decideWith(load([probe(condition)]))).toMatchObject({
        limits: [{ max: 0, amount: 1 }],
      });
    }
  });

  it('bounds, values and lengths of 0, false, null and "" are asked for', () => {
    const cases = [
      [{ lte: 0 }, 0, 1],
      [{ eq: 0 }, 0, 1],
      [{ eq: false }, false, true],
      [{ eq: '' }, '', 'x'],
      [{ eq: null }, null, 'x'],
      [{ length: 0 }, '', 'x'],
      [{ length: { lte: 0 } }, [], [1]],
      [{ in: [0] }, 0, 1],
      [{ in: [''] }, '', 'x'],
      [{ prefix: 'x' }, 'xy', ''],
      [{ exists: true }, 0, undefined],
      [{ exists: false }, undefined, 0],
    ] as const;
    for (const [predicates, right, wrong] of cases) {
      const set = load([probe({ args: { a: predicates } })]);
      const verdict = (a: typeof right | typeof wrong) =>
        decideWith(set, { args: a === undefined ? {} : { a } }).verdict;
      expect([verdict(right), verdict(wrong)]).toEqual(['allow', 'deny']);
    }
  });

  it('ring 0 is the most privileged ring, not an unset one', () => {
    const set = load([probe({ ring: 0 })]);
    expect(([0, 1, 2, 3] as const).map((ring) => decideWith(set, { ring }).verdict)).toEqual([
      'allow',
      'deny',
      'deny',
      'deny',
    ]);
  });

  it('`external: false` asks for a tool that sends nothing out', () => {
    const set = load([probe({ external: false })]);
    const manifest = { effect: 'write', undo: 'none' } as const;
    expect(decideWith(set, { manifest: { ...manifest, external: true } }).verdict).toBe('deny');
    expect(decideWith(set, { manifest }).verdict).toBe('allow');
    expect(decideWith(set).verdict).toBe('deny');
  });

  it('midnight is a time of day', () => {
    const set = load([probe({ between: { from: '00:00', to: '00:01' } })]);
    expect(decideWith(set, { nowMs: 0 }).verdict).toBe('allow');
    expect(decideWith(set, { nowMs: 60_000 }).verdict).toBe('deny');
  });
});
