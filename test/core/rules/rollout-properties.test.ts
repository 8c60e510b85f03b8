import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffRules } from '../../../src/core/rules/diff.ts';
import { loadRules } from '../../../src/core/rules/load.ts';
import type { RuleSet } from '../../../src/core/rules/rule-set.ts';
import { type CallParts, decideWith, fileOf } from './rule-calls.ts';

const severity = { allow: 0, review: 1, deny: 2 } as const;
const condition = fc.record(
  {
    tool: fc.constantFrom('stripe', 'github', 'st*', '*'),
    args: fc.dictionary(
      fc.constantFrom('x', 'y'),
      fc.oneof(
        fc.record({ gt: fc.integer({ min: 0, max: 3 }) }),
        fc.record({ lte: fc.integer({ min: 0, max: 3 }) }),
      ),
      { maxKeys: 2 },
    ),
    max_per_hour: fc.nat(5),
  },
  { requiredKeys: [] },
);
const bodies = fc.record(
  {
    condition,
    approval: fc.constantFrom('auto_approve', 'require_review', 'deny'),
    filters: fc.subarray(['pii', 'secrets']),
    requires: fc.subarray(['person', 'anchored']),
  },
  { requiredKeys: ['condition', 'approval'] },
);
const plain = fc
  .array(bodies, { minLength: 1, maxLength: 4 })
  .map((all) => all.map((body, index) => ({ name: `r${index}`, ...body })));
const candidates = fc.array(
  fc.record({ body: bodies, mayLoosen: fc.boolean(), target: fc.option(fc.nat(5)) }),
  { minLength: 1, maxLength: 3 },
);
const defaults = fc.record({
  approval: fc.constantFrom('deny', 'require_review'),
  on_error: fc.constantFrom('deny', 'require_review'),
});
const values = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('a', null));
const calls: fc.Arbitrary<CallParts> = fc.record({
  tool: fc.constantFrom('stripe', 'github', 'shell'),
  args: fc.dictionary(fc.constantFrom('x', 'y'), values),
});

type Made = { readonly name: string; readonly [key: string]: unknown };

function toCandidate(
  { body, mayLoosen, target }: { body: object; mayLoosen: boolean; target: number | null },
  index: number,
  percent = 100,
): Made {
  // each replaces another rule, or none
  const replaced = target === null || target % 3 !== index ? {} : { instead_of: `r${index}` };
  const rollout = { percent, by: 'agent', ...replaced };
  return { name: `c${index}`, ...body, rollout, ...(mayLoosen ? { allow_loosening: true } : {}) };
}

/** Undefined where the set is refused, as one with a candidate that is looser by its own words. */
function tryLoad(rules: readonly unknown[], rest: object): RuleSet | undefined {
  const loaded = loadRules([fileOf(rules, rest)]);
  return loaded.ok ? loaded.set : undefined;
}

function conditionsOf(decision: ReturnType<typeof decideWith>): string[] {
  if (decision.verdict === 'deny') return [];
  const { limits = [], filters = [] } = decision;
  return [...limits.map(({ key }) => key), ...filters];
}

describe('for all rules, candidates and calls', () => {
  it('a candidate that may only tighten never loosens, whatever stands beside it', () => {
    let loaded = 0;
    fc.assert(
      fc.property(plain, candidates, defaults, calls, (rules, made, given, call) => {
        const all = made.map((one, index) => toCandidate(one, index));
        for (const [index, one] of all.entries()) {
          if (one['allow_loosening'] === true) continue;
          const rest = { defaults: given };
          const others = all.filter((_, other) => other !== index);
          const [without, with_] = [
            tryLoad([...rules, ...others], rest),
            tryLoad([...rules, ...all], rest),
          ];
          if (without === undefined || with_ === undefined) continue;
          loaded += 1;
          const [before, after] = [decideWith(without, call), decideWith(with_, call)];
          expect(severity[after.verdict]).toBeGreaterThanOrEqual(severity[before.verdict]);
          if (after.verdict === 'deny') continue;
          expect(conditionsOf(after)).toEqual(expect.arrayContaining(conditionsOf(before)));
          const limits = (after.limits ?? []).map(({ key }) => key);
          expect(limits).toHaveLength(new Set(limits).size);
          if (before.verdict !== 'review' || after.verdict !== 'review') continue;
          expect(after.demands).toEqual(expect.arrayContaining([...before.demands]));
        }
      }),
      { numRuns: 200 },
    );
    expect(loaded).toBeGreaterThan(100);
  });

  it('on the other side everything is as without the candidates', () => {
    fc.assert(
      fc.property(plain, candidates, defaults, calls, (rules, made, given, call) => {
        const all = made.map((one, index) => toCandidate(one, index, 0));
        const set = tryLoad([...rules, ...all], { defaults: given });
        const bare = tryLoad(rules, { defaults: given });
        if (set === undefined || bare === undefined) return;
        const pick = ({
          explanation,
          rulesVersion: _version,
          ...rest
        }: ReturnType<typeof decideWith>) => ({
          ...rest,
          matched: explanation?.matched,
        });
        expect(pick(decideWith(set, call))).toEqual(pick(decideWith(bare, call)));
      }),
      { numRuns: 150 },
    );
  });

  it('an edit of rollouts that is said to loosen nothing loosens nothing', () => {
    const percent = fc.constantFrom(undefined, 0, 40, 60, 100);
    const mode = fc.constantFrom('enforce', 'shadow', 'off');
    const rest = fc.record({ percent, mode, mayLoosen: fc.boolean(), replaces: fc.boolean() });
    const edit = (body: object, { percent: share, mode: m, mayLoosen, replaces }: Rest) => ({
      name: 'c',
      ...body,
      mode: m,
      ...(mayLoosen ? { allow_loosening: true } : {}),
      ...(share === undefined
        ? {}
        : { rollout: { percent: share, by: 'agent', ...(replaces ? { instead_of: 'r0' } : {}) } }),
    });
    let shown = 0;
    fc.assert(
      fc.property(
        plain,
        bodies,
        bodies,
        rest,
        rest,
        fc.array(calls, { minLength: 4, maxLength: 4 }),
        (rules, body, other, was, is, some) => {
          for (const next of [body, other]) {
            const before = tryLoad([...rules, edit(body, was)], {});
            const after = tryLoad([...rules, edit(next, is)], {});
            if (before === undefined || after === undefined) continue;
            if (diffRules(before, after).loosened.length > 0) continue;
            shown += 1;
            for (const call of some) {
              for (const agent of ['ada', 'bob', 'cyd']) {
                const [one, two] = [before, after].map((set) =>
                  decideWith(set, { ...call, agent }),
                );
                if (one === undefined || two === undefined) throw new Error('two sets');
                expect(severity[two.verdict]).toBeGreaterThanOrEqual(severity[one.verdict]);
                if (two.verdict === 'deny') continue;
                expect(conditionsOf(two)).toEqual(expect.arrayContaining(conditionsOf(one)));
              }
            }
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(shown).toBeGreaterThan(50);
  });
});

interface Rest {
  readonly percent: number | undefined;
  readonly mode: string;
  readonly mayLoosen: boolean;
  readonly replaces: boolean;
}
