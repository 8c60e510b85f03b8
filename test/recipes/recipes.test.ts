import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lintRules } from '../../src/core/rules/lint/lint.ts';
import { loadRules } from '../../src/core/rules/load.ts';
import { builtInFilters } from '../../src/filters/built-in.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'rules/recipes');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace(/\.json$/u, ''));
const read = (name: string) => ({
  name: `${name}.json`,
  text: readFileSync(join(folder, `${name}.json`), 'utf8'),
});
const knownFilters = builtInFilters().map(({ name }) => name);

describe('the recipes', () => {
  it('are there for what agents are given', () => {
    expect(names).toEqual([
      'cloud',
      'database',
      'files',
      'git',
      'injection',
      'messaging',
      'payments',
      'shell',
      'social',
      'web',
    ]);
  });

  it.each(names)('%s: passes its tests without a warning, at least twelve of them', (name) => {
    const loaded = loadRules([read(name)], { knownFilters, nowMs: Date.UTC(2026, 10, 23) });
    expect(loaded).toMatchObject({ ok: true, warnings: [] });
    if (!loaded.ok) return;
    expect(loaded.tests.passed).toBe(loaded.tests.ran);
    expect(loaded.tests.ran).toBeGreaterThanOrEqual(12);
  });

  it.each(names)('%s: has no rule that lint calls wrong, and an owner for each', (name) => {
    const found = lintRules([read(name)], { nowMs: Date.UTC(2026, 10, 23) });
    const wrong = new Set(['dead-rule', 'contradictory-condition', 'never-matches', 'no-owner']);
    expect(found.filter(({ severity, code }) => severity === 'error' || wrong.has(code))).toEqual(
      [],
    );
  });

  it.each(names)('%s: has a page, and is listed where a newcomer looks', (name) => {
    expect(existsSync(join(root, `docs/recipes/${name}.md`))).toBe(true);
    for (const list of ['rules/README.md', 'docs/recipes/README.md']) {
      expect(readFileSync(join(root, list), 'utf8')).toContain(`${name}.json`);
    }
  });

  it.each(names)('%s: the page names every rule that stops something, and no other', (name) => {
    const loaded = loadRules([read(name)], { knownFilters });
    const rules = loaded.ok ? loaded.set.rules : [];
    const page = readFileSync(join(root, `docs/recipes/${name}.md`), 'utf8');
    const named = [...page.matchAll(/^\| `([a-z0-9_]+)` /gmu)].map(([, rule = '']) => rule);
    const stopping = rules.filter(({ verdict }) => verdict !== 'allow').map((rule) => rule.name);
    expect(named).toEqual(expect.arrayContaining(stopping));
    expect(rules.map((rule) => rule.name)).toEqual(expect.arrayContaining(named));
  });
});
