import { describe, expect, it } from 'vitest';
import type { ToolDefinition } from '../../src/core/model/tool.ts';
import { loadRules } from '../../src/core/rules/load.ts';
import { decideWith, load, makeCall, probe } from '../core/rules/rule-calls.ts';

const deny = {
  name: 'no',
  condition: { tool: 'stripe', args: { amount: { gt: 100 } } },
  approval: 'deny',
};
const all = { name: 'all', condition: {}, approval: 'auto_approve' };
const closed = (properties: object): ToolDefinition['schema'] =>
  JSON.parse(JSON.stringify({ type: 'object', properties, additionalProperties: false }));

describe('attack class 2, an error means allow: rules', () => {
  it('an argument of the wrong type or left out does not get past a deny rule', () => {
    const set = load([all, deny]);
    expect(decideWith(set, { args: { amount: 5 } }).verdict).toBe('allow');
    for (const args of [
      {},
      { amount: 'abc' },
      { amount: null },
      { amount: [500] },
      { amount: { a: 1 } },
      { Amount: 500 },
      [],
      null,
      5,
    ]) {
      expect(decideWith(set, { args })).toMatchObject({
        verdict: 'deny',
        code: 'RULE_ERROR',
        rule: 'no',
      });
    }
  });

  it('left out: it depends on what the schema says and whether the rule names the tool', () => {
    const wide = { ...deny, condition: { args: { amount: { gt: 100 } } } };
    const given = { amount: { type: 'number' } };
    const verdict = (rule: object, schema?: ToolDefinition['schema']) =>
      decideWith(load([all, rule]), { args: {}, ...(schema === undefined ? {} : { schema }) })
        .verdict;
    expect(verdict(deny, closed(given))).toBe('deny');
    expect(verdict(wide, closed(given))).toBe('deny');
    expect(verdict(deny, closed({}))).toBe('allow');
    expect(verdict(wide, closed({}))).toBe('allow');
    expect(verdict(deny, { type: 'object', properties: {} })).toBe('deny');
    expect(verdict(wide, { type: 'object', properties: {} })).toBe('allow');
    expect(verdict(deny)).toBe('deny');
    expect(verdict(wide)).toBe('allow');
    for (const key of ['anyOf', 'allOf', '$ref', 'patternProperties']) {
      const open = { type: 'object', properties: {}, additionalProperties: false, [key]: [] };
      expect(verdict(deny, open)).toBe('deny');
    }
  });

  it('a schema that lies does not hide an argument that is there', () => {
    expect(decideWith(load([all, deny]), { args: { amount: 500 }, schema: closed({}) }).code).toBe(
      'RULE_DENIED',
    );
  });

  it('an engine that would throw or guess decides nothing', () => {
    const when = { '>': [{ var: 'args.amount' }, 100] };
    const set = load([all, { name: 'no', condition: { tool: 'stripe', when }, approval: 'deny' }]);
    for (const args of [{}, { amount: 'x' }, { amount: null }, { amount: [101] }]) {
      expect(decideWith(set, { args }).code).toBe('RULE_ERROR');
    }
    const yes = load([probe({ when: { '<': [-1, { var: 'args.none' }] } })]);
    expect(decideWith(yes).verdict).toBe('deny');
  });

  it('one broken rule makes the whole set refuse to load', () => {
    const broken = { name: 'b', condition: { when: { nope: [] } }, approval: 'deny' };
    for (const rules of [
      [all, broken],
      [broken, all],
    ]) {
      expect(loadRules([{ name: 'a', text: JSON.stringify({ rules }) }]).ok).toBe(false);
    }
    const good = { name: 'a', text: JSON.stringify({ rules: [all] }) };
    expect(loadRules([good, { name: 'b', text: '{"rules":[' }]).ok).toBe(false);
  });

  it('a list that is not there makes the set refuse to load', () => {
    const rule = probe({ args: { to: { in_list: 'trusted' } } });
    const text = JSON.stringify({ rules: [rule] });
    expect(loadRules([{ name: 'a', text }]).ok).toBe(false);
    const loaded = loadRules([{ name: 'a', text }], { lists: { trusted: ['me'] } });
    expect(loaded.ok && decideWith(loaded.set, { args: { to: 'me' } }).verdict).toBe('allow');
  });

  it('a call that cannot even be read is denied', () => {
    const { call, facts } = makeCall();
    const hostile = {
      ...call,
      get args(): never {
        throw new Error('boom');
      },
    };
    const set = load([all, deny]);
    expect(set.decide(hostile, facts)).toMatchObject({ verdict: 'deny', code: 'RULE_ERROR' });
  });
});
