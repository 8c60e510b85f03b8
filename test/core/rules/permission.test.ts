import { describe, expect, it } from 'vitest';
import { decideWith, errorsOf, fileOf, load, probe } from './rule-calls.ts';

const writer = { permissions: ['payments:write', 'mail:send'] };

describe('permission', () => {
  it.each<[unknown, 'allow' | 'deny']>([
    ['payments:write', 'allow'],
    ['Payments:Write', 'allow'],
    [['cloud:admin', 'mail:send'], 'allow'],
    ['payments:*', 'allow'],
    ['payments:read', 'deny'],
    ['payments', 'deny'],
    [{ in_list: 'granted' }, 'allow'],
  ])('%j gives %s', (permission, verdict) => {
    const set = load([probe({ permission })], { lists: { granted: ['mail:send'] } });
    expect(decideWith(set, writer).verdict).toBe(verdict);
    expect(decideWith(set).verdict).toBe('deny');
  });

  it('is read by `when` and by tests in rules', () => {
    const when = { in: ['payments:write', { var: 'agent.permissions' }] };
    const call = { tool: 'stripe', permission: 'PAYMENTS:write' };
    const tests = [
      { call, expect: 'auto_approve' },
      { call: { tool: 'stripe' }, expect: 'deny' },
    ];
    const set = load([probe({ when }, { tests })]);
    expect(decideWith(set, writer).verdict).toBe('allow');
  });

  it('is refused when no agent could have it', () => {
    const [error] = errorsOf(fileOf([probe({ permission: 'pay\u200bments' })]).text);
    expect(error?.pointer).toBe('/rules/0/condition/permission');
    expect(error?.message).toMatch(/permission name .* invisible/);
  });
});
