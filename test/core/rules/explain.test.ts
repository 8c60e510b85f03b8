import { describe, expect, it } from 'vitest';
import { load, makeCall, probe } from './rule-calls.ts';

describe('explaining a decision', () => {
  it('shows every candidate with every part of its condition', () => {
    const set = load([
      probe({
        role: 'ops',
        args: { amount: { gt: 0, lte: 50 } },
        when: { '<': [{ var: 'args.amount' }, 9] },
      }),
      {
        name: 'no',
        condition: { args: { to: { exists: true, first_seen_in: ['user'] } } },
        approval: 'deny',
        mode: 'shadow',
      },
      { name: 'elsewhere', condition: { tool: 'github' }, approval: 'deny' },
    ]);
    const { call, facts } = makeCall({ args: { amount: 60 }, roles: ['ops'] });
    expect(set.explain(call, facts)).toMatchObject({
      decision: { verdict: 'deny', code: 'NO_RULE' },
      rules: [
        {
          rule: 'probe',
          outcome: false,
          conditions: [
            { label: 'role', result: true },
            { label: 'args.amount gt', result: true },
            { label: 'args.amount lte', result: false },
            { label: 'when', result: false },
          ],
        },
        { rule: 'no', mode: 'shadow', outcome: false },
      ],
    });
  });

  it('gives every refusal a reason without patterns, lists, limits or arguments', () => {
    const secret = 'sk-very-secret';
    const set = load(
      [
        { name: 'listed', condition: { args: { to: { in_list: 'hosts' } } }, approval: 'deny' },
        probe({ args: { to: { glob: 'pattern-*' } }, max_per_hour: 4711 }),
      ],
      { lists: { hosts: [secret] } },
    );
    for (const to of [secret, 'pattern-x', 'other']) {
      const { call, facts } = makeCall({ args: { to } });
      expect(set.decide(call, facts).reason).not.toMatch(/secret|pattern-|4711|other/);
    }
  });

  it('looks for the nearest rule among a bounded number only', () => {
    const rules = Array.from({ length: 100 }, (_, index) => ({
      ...probe({ env: 'x', args: { a: { eq: index } } }),
      name: `r${String(index).padStart(3, '0')}`,
    }));
    const near = { ...probe({ env: 'x' }), name: 'z' };
    const nearest = (all: readonly object[]) => {
      const { call, facts } = makeCall({ args: { a: -1 } });
      return load(all).decide(call, facts).explanation?.nearest;
    };
    expect(nearest([...rules.slice(0, 60), near])).toEqual({ rule: 'z', missed: 'env' });
    expect(nearest([...rules, near])).toBeUndefined();
  });

  it('uses the message of the rule', () => {
    const metadata = { message: 'Refunds over 50 need a person.' };
    const set = load([probe({}, { approval: 'require_review', metadata })]);
    const { call, facts } = makeCall();
    expect(set.decide(call, facts).reason).toBe(metadata.message);
  });

  it('binds a demand to its rule: an edit makes another, new tests do not', () => {
    const hashOf = (rest: object, condition: object = {}) => {
      const { call, facts } = makeCall();
      const decision = load([probe(condition, { approval: 'require_review', ...rest })]).decide(
        call,
        facts,
      );
      return decision.verdict === 'review' ? decision.demands[0]?.ruleHash : undefined;
    };
    expect(hashOf({})).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf({ tests: [] })).toBe(hashOf({}));
    expect(hashOf({}, { env: 'prod' })).not.toBe(hashOf({}));
  });
});
