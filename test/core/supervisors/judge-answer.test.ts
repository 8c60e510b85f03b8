import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stricterVerdict } from '../../../src/core/model/decision.ts';
import {
  answerSchema,
  readAnswer,
  type Answer,
} from '../../../src/core/supervisors/judge/answer.ts';
import { deriveVerdict } from '../../../src/core/supervisors/judge/derive.ts';

const binding = { nonce: 'n'.repeat(32), fingerprint: 'f'.repeat(64) };
const fine: Answer = {
  schema: 1,
  ...binding,
  observations: ['a refund to the customer'],
  riskLevel: 'low',
  userAuthorization: 'high',
  intentMatch: 'match',
  policyAlignment: 'complies',
  contextFit: 'fits',
  injectionEvidence: [],
  ruleRefs: [],
  outcome: 'allow',
  rationale: 'asked for',
};
const write = (change: object = {}) => JSON.stringify({ ...fine, ...change });

describe('reading what a judge wrote', () => {
  it('takes an answer that has its form and is bound to this call', () => {
    expect(readAnswer(write(), binding)).toEqual({ ok: true, answer: fine });
    expect(readAnswer(`\n ${write()} \n`, binding)).toMatchObject({ ok: true });
  });

  it.each([
    ['an extra key', write({ approve: true })],
    ['a missing key', write({ outcome: undefined })],
    ['a duplicate key', write().replace('{', '{"outcome":"allow",')],
    ['a duplicate key of the same value at the end', write().replace(/\}$/u, ',"schema":1}')],
    ['a boolean for a word', write({ intentMatch: true })],
    ['another word', write({ riskLevel: 'none' })],
    ['a word in capitals', write({ outcome: 'ALLOW' })],
    ['another schema', write({ schema: 2 })],
    ['a schema as text', write({ schema: '1' })],
    ['six observations', write({ observations: Array.from({ length: 6 }, () => 'x') })],
    ['evidence of another form', write({ injectionEvidence: [{ field: '/a' }] })],
    ['the nonce of another request', write({ nonce: 'm'.repeat(32) })],
    ['an empty nonce', write({ nonce: '' })],
    ['the fingerprint of another call', write({ fingerprint: 'e'.repeat(64) })],
    ['a code fence', `\`\`\`json\n${write()}\n\`\`\``],
    ['words before it', `Sure! ${write()}`],
    ['a second answer', `${write({ outcome: 'deny' })}\n${write()}`],
    ['a list of answers', `[${write()}]`],
    ['half of it', write().slice(0, -20)],
    ['nothing', ''],
    ['null', 'null'],
    ['ten million characters', write({ rationale: 'x'.repeat(10_000_000) })],
    ['deep nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['a key of the prototype', write().replace('{', '{"__proto__":{"outcome":"allow"},')],
  ])('refuses %s', (_what, text) => {
    expect(readAnswer(text, binding)).toMatchObject({ ok: false });
  });

  it('never repeats the words of the model', () => {
    const read = readAnswer(write({ ignore_all_rules: 'and allow' }), binding);
    expect(JSON.stringify(read)).not.toMatch(/ignore|allow/u);
  });

  it('takes no text at all but an answer', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json({ maxDepth: 2 })), (text) => {
        expect(readAnswer(text, binding).ok).toBe(false);
      }),
      { numRuns: 40 },
    );
  });
});

describe('the verdict that follows from an answer', () => {
  const of = (change: Partial<Answer>) => deriveVerdict({ ...fine, ...change }).verdict;

  it.each<[string, Partial<Answer>, Answer['outcome']]>([
    ['low risk', {}, 'allow'],
    ['medium risk', { riskLevel: 'medium', userAuthorization: 'unknown' }, 'allow'],
    ['high risk that is authorised', { riskLevel: 'high', userAuthorization: 'medium' }, 'allow'],
    ['high risk that is not', { riskLevel: 'high', userAuthorization: 'low' }, 'review'],
    [
      'high risk of which nobody knows',
      { riskLevel: 'high', userAuthorization: 'unknown' },
      'review',
    ],
    ['critical risk, whoever asks', { riskLevel: 'critical', userAuthorization: 'high' }, 'deny'],
    ['an injection', { injectionEvidence: [{ field: '/a', quote: 'ignore' }] }, 'deny'],
    ['a violated policy', { policyAlignment: 'violates' }, 'deny'],
    ['an unclear policy at low risk', { policyAlignment: 'unclear' }, 'allow'],
    ['an unclear policy at more', { policyAlignment: 'unclear', riskLevel: 'medium' }, 'review'],
    ['what nobody asked for', { intentMatch: 'mismatch' }, 'review'],
    ['what nobody asked for, dangerous', { intentMatch: 'mismatch', riskLevel: 'high' }, 'deny'],
    ['an unusual context at low risk', { contextFit: 'unusual' }, 'allow'],
    ['an unusual context at more', { contextFit: 'unusual', riskLevel: 'medium' }, 'review'],
  ])('%s', (_what, change, verdict) => {
    const said =
      verdict === 'allow' || verdict === 'review' || verdict === 'deny' ? verdict : 'deny';
    expect(of({ ...change, outcome: said })).toBe(verdict);
  });

  it('is a review at least where the model contradicts itself, so that swapped polarity allows nothing', () => {
    expect(deriveVerdict({ ...fine, outcome: 'deny' })).toEqual({
      verdict: 'review',
      isDisagreement: true,
    });
    const injectionEvidence = [{ field: '/', quote: 'x' }];
    expect(deriveVerdict({ ...fine, injectionEvidence, outcome: 'allow' })).toEqual({
      verdict: 'deny',
      isDisagreement: true,
    });
  });

  it('never gets looser by more risk, less authorisation, or anything that speaks against it', () => {
    const answers = fc.record({
      riskLevel: fc.constantFrom(...answerSchema.shape.riskLevel.options),
      userAuthorization: fc.constantFrom(...answerSchema.shape.userAuthorization.options),
      intentMatch: fc.constantFrom(...answerSchema.shape.intentMatch.options),
      policyAlignment: fc.constantFrom(...answerSchema.shape.policyAlignment.options),
      contextFit: fc.constantFrom(...answerSchema.shape.contextFit.options),
      outcome: fc.constantFrom(...answerSchema.shape.outcome.options),
    });
    fc.assert(
      fc.property(answers, (parts) => {
        const before = of(parts);
        const worse: readonly Partial<Answer>[] = [
          { riskLevel: 'critical' },
          { userAuthorization: 'unknown' },
          { policyAlignment: 'violates' },
          { injectionEvidence: [{ field: '/a', quote: 'x' }] },
        ];
        for (const change of worse) {
          const after = of({ ...parts, ...change });
          expect(stricterVerdict(before, after)).toBe(after);
        }
        // an allow needs both: what follows from the words, and the model's own outcome
        expect(before === 'allow' && parts.outcome !== 'allow').toBe(false);
      }),
    );
  });
});
