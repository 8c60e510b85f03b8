import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Facts } from '../../../src/core/model/call.ts';
import type { RuleSet } from '../../../src/core/rules/rule-set.ts';
import { createRuleBasedSupervisor } from '../../../src/core/supervisors/rule-based.ts';
import { createRealPaths } from '../../../src/files/real-paths.ts';
import { load, makeCall, monday, probe } from '../rules/rule-calls.ts';

function factsOf(facts: ReturnType<typeof makeCall>['facts']): Facts {
  const { approvalMs: _approvalMs, ...rest } = facts;
  return { ...rest, signal: new AbortController().signal, history: [], soFar: undefined };
}

describe('rule-based supervisor', () => {
  it('decides by the set in force, and follows a swap at the next call', async () => {
    let set: RuleSet = load([probe({})]);
    const supervisor = createRuleBasedSupervisor({ current: () => set, approvalMs: 60_000 });
    const { call, facts } = makeCall();
    expect(supervisor.name).toBe('rules');
    expect(await supervisor.decide(call, factsOf(facts))).toMatchObject({
      verdict: 'allow',
      rulesVersion: set.version,
    });
    set = load([probe({}, { approval: 'require_review' })]);
    expect(await supervisor.decide(call, factsOf(facts))).toMatchObject({
      verdict: 'review',
      rulesVersion: set.version,
      expiresAtMs: monday + 60_000,
    });
  });

  it('reads the set once a decision', async () => {
    let reads = 0;
    const set = load([probe({})]);
    const current = () => {
      reads += 1;
      return set;
    };
    const { call, facts } = makeCall();
    await createRuleBasedSupervisor({ current, approvalMs: 1 }).decide(call, factsOf(facts));
    expect(reads).toBe(1);
  });
});

describe('rules that ask where a path leads', () => {
  const top = mkdtempSync(join(tmpdir(), 'ringfence-paths-'));
  const folder = join(top, 'work');
  mkdirSync(folder);
  writeFileSync(join(top, 'secret'), '');
  symlinkSync(join(top, 'secret'), join(folder, 'link'));
  symlinkSync(folder, join(top, 'alias'));
  afterAll(() => rmSync(top, { recursive: true }));

  const set = load([probe({ args: { path: { path_inside: join(top, 'alias') } } })]);
  const verdictOf = async (path: string, paths = { ...createRealPaths(), home: folder }) => {
    const { call, facts } = makeCall({ args: { path } });
    const supervisor = createRuleBasedSupervisor({ current: () => set, approvalMs: 1, paths });
    return (await supervisor.decide(call, factsOf(facts))).verdict;
  };

  it.each([
    ['work/new/file', 'allow'],
    ['alias/x', 'allow'],
    ['work/./x/', 'allow'],
    ['work', 'allow'],
    ['work/link', 'deny'],
    ['work/../secret', 'deny'],
    ['workshop/x', 'deny'],
    ['secret', 'deny'],
  ])('follow %s', async (path, verdict) => {
    expect(await verdictOf(`${top}/${path}`)).toBe(verdict);
  });

  it('take ~ for the home, and nothing for inside that cannot be resolved', async () => {
    expect(await verdictOf('~/notes')).toBe('allow');
    expect(await verdictOf('~root/notes')).toBe('deny');
    expect(await verdictOf(`file://${folder}/x`)).toBe('deny');
    const lost = { realPath: () => Promise.resolve(undefined), home: '/' };
    expect(await verdictOf(`${folder}/x`, lost)).toBe('deny');
  });

  it('cannot be evaluated without a look at the world', async () => {
    const { call, facts } = makeCall({ args: { path: `${folder}/x` } });
    const supervisor = createRuleBasedSupervisor({ current: () => set, approvalMs: 1 });
    expect((await supervisor.decide(call, factsOf(facts))).verdict).toBe('deny');
  });

  it('look nothing up for calls of which no such rule speaks', async () => {
    const { call, facts } = makeCall({ tool: 'github', args: { path: folder } });
    expect(set.pathsOf(call, facts.tool)).toEqual([]);
  });
});
