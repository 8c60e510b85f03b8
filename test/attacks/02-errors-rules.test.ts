import { describe, expect, it } from 'vitest';
import { startBench } from '../support/harness.ts';
import { allow, codeOf, countingTool } from '../support/tools.ts';
import { decideWith, load, probe } from '../core/rules/rule-calls.ts';

const small = { args: { amount: { lte: 5 } } };
const other = { ...probe({}), name: 'other' };
const asks = {
  filters: ['pii'],
  taint: ['seen'],
  declassify: ['clean'],
  requires: ['person'],
};
const knownFilters = ['pii'];
const broken = { args: { amount: 'abc' } };

describe('class 2, an error means allow: an approving rule that cannot be evaluated', () => {
  it('holds another one that approves to its filters, limits, labels and requirements', () => {
    const set = load([other, probe({ ...small, max_per_hour: 3 }, asks)], {}, { knownFilters });
    const decision = decideWith(set, broken);
    expect(decision).toMatchObject({
      verdict: 'review',
      code: 'REQUIREMENT_PERSON',
      rule: 'other',
      filters: ['pii'],
      limits: [{ rule: 'probe' }],
      taints: ['seen'],
      declassifies: [],
    });
    // one that is false asks for nothing, and one that errs alone approves nothing
    const free = decideWith(set, { args: { amount: 6 } });
    expect(free).toMatchObject({ verdict: 'allow', filters: [], limits: [] });
    const alone = load([probe(small, asks)], {}, { knownFilters });
    expect(decideWith(alone, broken)).toMatchObject({ verdict: 'deny', code: 'NO_RULE' });
  });

  it('holds a person to them who is asked by default', () => {
    const defaults = { approval: 'require_review', on_error: 'require_review' };
    const set = load([probe({ ...small, max_per_hour: 3 }, asks)], { defaults }, { knownFilters });
    expect(decideWith(set, broken)).toMatchObject({
      verdict: 'review',
      filters: ['pii'],
      limits: [{ rule: 'probe' }],
      demands: [{ code: 'NO_RULE' }, { code: 'REQUIREMENT_PERSON' }],
    });
  });

  it('denies where its sum cannot be counted, or where it asks for what is not built', () => {
    const sum = { limits: [{ sum: 'args.amount', max: 9, per: 'day' }] };
    expect(decideWith(load([other, probe({ ...small, ...sum })]), broken).code).toBe('RULE_ERROR');
    const unmet = load([other, probe(small, { requires: ['anchored'] })]);
    expect(decideWith(unmet, broken).code).toBe('REQUIREMENT_MISSING');
  });

  it('cannot be made to err so that its limit is passed', async () => {
    const { hypervisor } = await startBench([
      { ...allow('pay', { ...small, max_per_hour: 1 }), name: 'small' },
      allow('pay'),
    ]);
    const { attempt } = countingTool(hypervisor, 'pay');
    expect(codeOf(await attempt({ amount: 1 }))).toBe('done');
    expect(codeOf(await attempt({ amount: '1' }))).toBe('LIMIT_EXCEEDED');
    expect(codeOf(await attempt({ amount: 6 }))).toBe('done');
  });
});
