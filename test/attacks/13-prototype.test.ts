import { describe, expect, it } from 'vitest';
import { loadRules } from '../../src/core/rules/load.ts';
import { decideWith, errorsOf, fileOf, load, probe } from '../core/rules/rule-calls.ts';

const inherited = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
];

describe('attack class 13, prototype: rules', () => {
  it('paths of arguments never reach what is inherited', () => {
    for (const name of inherited) {
      for (const path of [
        name,
        `a.${name}`,
        `/a/${name}`,
        `${name}.constructor`,
        `list.${name}`,
        `text.${name}`,
      ]) {
        const set = load([
          probe({ args: { [path.replace(/^__proto__$/, '/__proto__')]: { exists: true } } }),
        ]);
        expect(decideWith(set, { args: { a: {}, list: [], text: 'x' } }).verdict).toBe('deny');
      }
    }
  });

  it('what a caller sends under such a name is a plain argument', () => {
    const set = load([probe({ args: { toString: { eq: 'x' } } })]);
    expect(decideWith(set, { args: { toString: 'x' } }).verdict).toBe('allow');
    expect(decideWith(set, { args: {} }).verdict).toBe('deny');
  });

  it('`when` takes no such name as operator or in a path', () => {
    for (const name of inherited) {
      const text = `{"rules":[{"name":"r","condition":{"when":{"${name}":["x"]}},"approval":"auto_approve"}]}`;
      expect(errorsOf(text)).toHaveLength(1);
    }
    for (const path of [
      'constructor.constructor',
      'args.__proto__',
      'args.a.constructor',
      'tool.prototype',
    ]) {
      expect(errorsOf(fileOf([probe({ when: { '!!': [{ var: path }] } })]).text)).toHaveLength(1);
    }
  });

  it('no key, list, rule or tool of such a name confuses the set', () => {
    expect(loadRules([{ name: 'a', text: '{"rules":[],"__proto__":{"defaults":1}}' }]).ok).toBe(
      false,
    );
    expect(errorsOf(fileOf([probe({ toString: 'x' })]).text)).toHaveLength(1);
    expect(
      errorsOf(fileOf([probe({ args: { a: { in_list: 'constructor' } } })]).text),
    ).toHaveLength(1);
    const set = load([
      { name: 'constructor', condition: { tool: 'tostring' }, approval: 'auto_approve' },
    ]);
    expect(decideWith(set, { tool: 'tostring' }).rule).toBe('constructor');
    for (const tool of ['constructor', '__proto__', 'hasownproperty']) {
      expect(decideWith(set, { tool, action: tool }).code).toBe('NO_RULE');
    }
  });

  it('arguments that inherit what a rule asks for do not have it', () => {
    const set = load([probe({ args: { approved: { eq: true } } })]);
    expect(decideWith(set, { args: Object.create({ approved: true }) }).verdict).toBe('deny');
    expect(decideWith(set, { args: { approved: true } }).verdict).toBe('allow');
  });

  it('schemas and values of such names say nothing about arguments', () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    const deny = { name: 'no', condition: { args: { constructor: { eq: 1 } } }, approval: 'deny' };
    const all = { name: 'all', condition: {}, approval: 'auto_approve' };
    expect(decideWith(load([all, deny]), { schema, args: {} }).verdict).toBe('allow');
    expect(
      decideWith(load([all, deny]), { schema, args: JSON.parse('{"constructor":1}') }).verdict,
    ).toBe('deny');
  });
});
