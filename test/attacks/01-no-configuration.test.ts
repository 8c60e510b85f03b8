import { describe, expect, it } from 'vitest';
import { loadRules } from '../../src/core/rules/load.ts';
import { decideWith, load, probe } from '../core/rules/rule-calls.ts';

describe('attack class 1, no configuration means allow: rules', () => {
  it('an empty folder denies every call, and says so', () => {
    const loaded = loadRules([]);
    if (!loaded.ok) throw new Error('an empty folder does not load');
    expect(decideWith(loaded.set)).toMatchObject({ verdict: 'deny', code: 'NO_RULE' });
    expect(loaded.warnings[0]?.message).toMatch(/every call is denied/);
  });

  it('files without rules deny every call', () => {
    expect(decideWith(load([]))).toMatchObject({ verdict: 'deny', code: 'NO_RULE' });
  });

  it('a tool or an action that no rule speaks of is denied', () => {
    const set = load([probe({ action: 'refund' })]);
    expect(decideWith(set, { action: 'refund' }).verdict).toBe('allow');
    expect(decideWith(set, { action: 'payout' })).toMatchObject({
      verdict: 'deny',
      code: 'NO_RULE',
    });
    expect(decideWith(set, { tool: 'shell', action: 'refund' }).code).toBe('NO_RULE');
    expect(decideWith(set, { tool: '', action: '' }).code).toBe('NO_RULE');
  });

  it('rules in shadow or turned off allow nothing', () => {
    for (const mode of ['shadow', 'off']) {
      expect(decideWith(load([probe({}, { mode })])).code).toBe('NO_RULE');
    }
  });

  it('no file can make allowing the default', () => {
    const text = '{"defaults":{"approval":"auto_approve"},"rules":[]}';
    expect(loadRules([{ name: 'a.json', text }]).ok).toBe(false);
  });

  it('an empty list of tools, an empty condition value or a null is not "everything"', () => {
    for (const condition of [
      { tool: [] },
      { tool: '' },
      { tool: null },
      { role: [] },
      { args: null },
      { ring: [] },
    ]) {
      const rule = { name: 'r', condition, approval: 'auto_approve' };
      expect(loadRules([{ name: 'a', text: JSON.stringify({ rules: [rule] }) }]).ok).toBe(false);
    }
    const named = { name: 'r', condition: { tool: { in_list: 'none' } }, approval: 'auto_approve' };
    expect(decideWith(load([named], { lists: { none: [] } })).code).toBe('NO_RULE');
  });
});
