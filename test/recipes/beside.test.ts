import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { diffRules } from '../../src/core/rules/diff.ts';
import { toTrial } from '../../src/core/rules/embedded-tests.ts';
import { type RuleFile, loadRules } from '../../src/core/rules/load.ts';
import type { RuleSet } from '../../src/core/rules/rule-set.ts';
import { testSchema } from '../../src/core/rules/test-source.ts';

const folder = join(import.meta.dirname, '../../rules/recipes');
const fileSchema = z.object({
  rules: z.array(
    z.looseObject({
      name: z.string(),
      approval: z.string(),
      tests: z.array(testSchema).default([]),
    }),
  ),
});
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const recipe = fileSchema.parse(JSON.parse(read('injection.json'))).rules;
const text = read('beside/injection.json');
const beside = fileSchema.parse(JSON.parse(text)).rules;
const cases = recipe.flatMap(({ tests }) => tests);

function load(...files: readonly RuleFile[]): RuleSet {
  const loaded = loadRules(files, { skipTests: true });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.set;
}

const fileOf = (rules: readonly object[], defaults: object = {}) => ({
  name: 'own.json',
  text: JSON.stringify({ rules, defaults }),
});
const added = { name: 'injection.json', text };

/** What the set says of each call of the recipe's own tests. */
function verdictsOf(set: RuleSet) {
  return cases.map((test) => {
    const { call, facts } = toTrial(test, {});
    return set.decide(call, facts).verdict;
  });
}

const severity = { allow: 0, review: 1, deny: 2 } as const;
const effects = fc.subarray(['read', 'write', 'admin'], { minLength: 1 });
const conditions = fc.record(
  {
    effect: effects,
    tool: fc.constantFrom('mail.send', 'web.fetch', '*'),
    output: fc.constantFrom('trusted', 'untrusted'),
    session: fc.record({ not_tainted: fc.constant(['untrusted']) }),
    max_per_hour: fc.nat(3),
  },
  { requiredKeys: [] },
);
const bodies = fc.record(
  {
    condition: conditions,
    approval: fc.constantFrom('auto_approve', 'require_review', 'deny'),
    filters: fc.subarray(['pii', 'secrets']),
    requires: fc.subarray(['person']),
  },
  { requiredKeys: ['condition', 'approval'] },
);
const ownRules = fc
  .array(bodies, { maxLength: 5 })
  .map((all) => all.map((body, nth) => ({ name: `own_${nth}`, ...body })));
const defaults = fc.record(
  { approval: fc.constantFrom('deny', 'require_review'), on_error: fc.constant('require_review') },
  { requiredKeys: [] },
);

describe('the rules against injection that stand beside others', () => {
  it('are those of the recipe that restrict, word for word', () => {
    const restricting = recipe.filter(({ approval }) => approval !== 'auto_approve');
    const rollout = { percent: 100, by: 'agent' };
    expect(beside).toEqual(restricting.map((rule) => ({ ...rule, rollout, tests: [] })));
  });

  it('stop what the recipe stops, beside rules that allow all', () => {
    const admin = { name: 'own', condition: { effect: 'admin' }, approval: 'auto_approve' };
    const rules = [...recipe.filter(({ approval }) => approval === 'auto_approve'), admin];
    const wanted = verdictsOf(load({ name: 'injection.json', text: read('injection.json') }));
    expect(new Set(wanted)).toEqual(new Set(['allow', 'review']));
    expect(verdictsOf(load(fileOf(rules), added))).toEqual(wanted);
  });

  it('deny alone, and beside rules that name nothing of it', () => {
    expect(new Set(verdictsOf(load(added)))).toEqual(new Set(['deny']));
  });

  it('never loosen, whatever they are added to', () => {
    let tightened = 0;
    fc.assert(
      fc.property(ownRules, defaults, (rules, given) => {
        const own = fileOf(rules, given);
        const [before, after] = [load(own), load(own, added)];
        expect(diffRules(before, after).loosened).toEqual([]);
        const [was, is] = [verdictsOf(before), verdictsOf(after)];
        for (const [nth, verdict] of is.entries()) {
          const first = was[nth] ?? 'deny';
          expect(severity[verdict]).toBeGreaterThanOrEqual(severity[first]);
          if (severity[verdict] > severity[first]) tightened += 1;
        }
      }),
      { numRuns: 200 },
    );
    expect(tightened).toBeGreaterThan(0);
  });
});
