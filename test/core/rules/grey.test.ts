import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stricterVerdict, type Verdict } from '../../../src/core/model/decision.ts';
import type { Judged } from '../../../src/core/rules/rule-set.ts';
import { load, makeCall, monday } from './rule-calls.ts';

const rule = (name: string, approval: string, more: object = {}) => ({
  name,
  condition: { tool: 'stripe' },
  approval,
  ...more,
});
const may = (...verdicts: readonly Verdict[]) => ({ llm: { may: verdicts } });
const { call, facts } = makeCall();

function decide(rules: readonly object[], judged?: Judged): Verdict {
  return load(rules).decide(call, judged === undefined ? facts : { ...facts, judged }).verdict;
}
function grey(rules: readonly object[]): readonly string[] {
  return load(rules)
    .grey(call, facts)
    .map(({ name }) => name);
}

describe('the room that a rule leaves for a judge', () => {
  it.each<[string, readonly object[], Judged, Verdict]>([
    ['review to allow', [rule('a', 'require_review', may('allow'))], { verdict: 'allow' }, 'allow'],
    ['deny to review', [rule('a', 'deny', may('review'))], { verdict: 'review' }, 'review'],
    ['allow to deny', [rule('a', 'auto_approve', may('deny'))], { verdict: 'deny' }, 'deny'],
    [
      'no doubt to the allow of a rule',
      [rule('a', 'auto_approve', may('deny'))],
      { verdict: 'review' },
      'review',
    ],
    [
      'no denial to the allow of a rule, though only a person may stop it',
      [rule('a', 'auto_approve', may('review'))],
      { verdict: 'deny' },
      'review',
    ],
    [
      'no less than a rule says by a doubt',
      [rule('a', 'deny', may('allow'))],
      { verdict: 'review' },
      'deny',
    ],
    [
      'nothing outside it',
      [rule('a', 'require_review', may('deny'))],
      { verdict: 'allow' },
      'review',
    ],
    ['nothing without one', [rule('a', 'require_review')], { verdict: 'allow' }, 'review'],
    [
      'nothing of another rule',
      [rule('a', 'require_review', may('allow')), rule('b', 'require_review')],
      { verdict: 'allow' },
      'review',
    ],
    [
      'nothing of a requirement',
      [rule('a', 'require_review', { ...may('allow'), requires: ['person'] })],
      { verdict: 'allow' },
      'review',
    ],
    [
      'a fault to a review',
      [rule('a', 'auto_approve', may('allow'))],
      { fault: 'review' },
      'review',
    ],
    ['a fault to a deny', [rule('a', 'require_review', may('allow'))], { fault: 'deny' }, 'deny'],
    ['a fault never to more', [rule('a', 'deny', may('allow'))], { fault: 'review' }, 'deny'],
  ])('lets it change %s', (_what, rules, judged, verdict) => {
    expect(decide(rules, judged)).toBe(verdict);
  });

  it('is not left by a rule that could not be evaluated, or has ended', () => {
    const erring = rule('a', 'auto_approve', {
      ...may('allow', 'review'),
      condition: { tool: 'stripe', args: { amount: { gt: 5 } } },
    });
    const ended = rule('a', 'auto_approve', {
      ...may('allow', 'review'),
      metadata: { expires: new Date(monday - 172_800_000).toISOString().slice(0, 10) },
    });
    for (const each of [erring, ended]) {
      expect(decide([each], { verdict: 'review' })).toBe('deny');
      expect(decide([each], { fault: 'review' })).toBe('deny');
      expect(grey([each])).toEqual([]);
    }
  });

  it('makes a call grey only where the judge could change something', () => {
    expect(grey([rule('a', 'require_review', may('allow')), rule('b', 'deny')])).toEqual([]);
    expect(grey([rule('a', 'require_review', may('review'))])).toEqual([]);
    expect(grey([rule('a', 'require_review')])).toEqual([]);
    expect(grey([rule('b', 'auto_approve', may('review')), rule('a', 'auto_approve')])).toEqual([
      'b',
    ]);
  });

  it('never gets a call past what other rules say, nor a fault to less than without a judge', () => {
    const verdicts = ['allow', 'review', 'deny'] as const;
    const approvals = fc.constantFrom('auto_approve', 'require_review', 'deny');
    const spans = fc.subarray([...verdicts]);
    const rules = fc.array(fc.tuple(approvals, spans), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rules, fc.constantFrom(...verdicts), (given, verdict) => {
        const all = given.map(([approval, span], at) => rule(`r${at}`, approval, may(...span)));
        const firm = all.filter((_, at) => given[at]?.[1].includes(verdict) === false);
        const judged = decide(all, { verdict });
        const least = firm.length > 0 ? decide(firm) : verdict;
        expect(stricterVerdict(least, judged)).toBe(judged);
        // what a judge does not allow runs on no rule's word that a judge may replace
        const isAsked = given.some(([, span]) => span.length > 0);
        const floor = isAsked && verdict !== 'allow' ? 'review' : 'allow';
        expect(stricterVerdict(floor, judged)).toBe(judged);
        for (const fault of ['review', 'deny'] as const) {
          const failed = decide(all, { fault });
          expect(stricterVerdict(decide(all), failed)).toBe(failed);
        }
      }),
    );
  });
});
