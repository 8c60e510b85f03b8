import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Decision } from '../../../src/core/model/decision.ts';
import { type CallParts, decideWith, load } from './rule-calls.ts';

// Decisions as data: to add one, add it to a file of test/cases.
const folder = new URL('../../cases/', import.meta.url);

const json = z.custom<never>();
const fileSchema = z.strictObject({
  title: z.string(),
  rules: z.array(json).optional(),
  defaults: json.optional(),
  lists: json.optional(),
  cases: z.array(
    z.strictObject({
      why: z.string(),
      rules: z.array(json).optional(),
      defaults: json.optional(),
      lists: json.optional(),
      call: z.looseObject({ time: z.string().optional() }),
      expect: z.strictObject({
        verdict: z.enum(['allow', 'review', 'deny']),
        code: z.string(),
        rule: z.string().optional(),
        nearest: json.optional(),
        filters: json.optional(),
        shadow: json.optional(),
        limits: z.array(json).optional(),
        demands: z.array(z.string()).optional(),
      }),
    }),
  ),
});

const toList = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.map(String) : [];

/** What a case can expect of a decision. */
function summary(decision: Decision): object {
  const { explanation, ...rest } = decision;
  const demands =
    decision.verdict === 'review' ? decision.demands.map(({ code }) => code) : undefined;
  return { ...explanation, ...rest, demands };
}

for (const name of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const file = fileSchema.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
  describe(`${name}: ${file.title}`, () => {
    it.each(file.cases)('$why', (each) => {
      const rules = each.rules ?? file.rules ?? [];
      const set = load(rules, {
        defaults: each.defaults ?? file.defaults ?? {},
        lists: each.lists ?? file.lists ?? {},
      });
      const { time, role, ...parts } = each.call;
      const call: CallParts = {
        ...parts,
        roles: toList(role),
        ...(time === undefined ? {} : { nowMs: Date.parse(time) }),
      };
      const decision = decideWith(set, call);
      const seen = summary(decision);
      const asked = Object.keys(each.expect);
      expect(Object.fromEntries(asked.map((key) => [key, Reflect.get(seen, key)]))).toMatchObject(
        each.expect,
      );
      expect(decision.rule).toEqual(each.expect.rule);
      expect(decision.rulesVersion).toBe(set.version);
    });
  });
}
