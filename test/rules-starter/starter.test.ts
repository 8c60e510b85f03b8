import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRules } from '../../src/core/rules/load.ts';
import { readRuleFiles } from '../../src/files/rule-files.ts';

const files = await readRuleFiles(join(import.meta.dirname, '../../rules/starter'));

describe('the starter rules', () => {
  it('load without a warning', () => {
    expect(loadRules(files)).toMatchObject({ ok: true, warnings: [] });
  });

  it('say for every rule who owns it, what the agent is told, and show by a test what it does', () => {
    const loaded = loadRules(files);
    if (!loaded.ok) throw new Error('they do not load');
    const untold = loaded.set.rules.filter(({ source: { metadata, tests } }) => {
      return !metadata?.owner || !metadata.message || tests === undefined || tests.length === 0;
    });
    expect(untold.map(({ name }) => name)).toEqual([]);
  });

  it('deny by default', () => {
    const loaded = loadRules(files);
    expect(loaded.ok && loaded.set.defaults).toEqual({ approval: 'deny', onError: 'deny' });
  });
});
