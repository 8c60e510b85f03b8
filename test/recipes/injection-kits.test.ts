import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FileReport } from '../../src/cli/replay-files.ts';
import { replayFiles } from '../../src/cli/replay-files.ts';
import { parseTools } from '../../src/cli/trace-tools.ts';
import { isJsonObject, type JsonObject } from '../../src/core/model/json.ts';
import { loadRules } from '../../src/core/rules/load.ts';
import { readRuleFiles } from '../../src/files/rule-files.ts';

const root = join(import.meta.dirname, '../..');
const cases = join(root, 'test/cases/injection');
type Change = (manifest: JsonObject) => JsonObject;

/** The invented sessions under the recipe, with each manifest changed as another author might write it. */
async function replay(change: Change = (manifest) => manifest): Promise<readonly FileReport[]> {
  const loaded = loadRules(await readRuleFiles(join(root, 'rules/recipes/injection.json')));
  if (!loaded.ok) throw new Error('the recipe does not load');
  const written: unknown = JSON.parse(await readFile(join(cases, 'tools.json'), 'utf8'));
  const changed = JSON.stringify(written, (_, value) =>
    isJsonObject(value) && typeof value['effect'] === 'string' ? change(value) : value,
  );
  const paths = ['attack', 'benign'].map((name) => join(cases, `${name}.jsonl`));
  return replayFiles(paths, { rules: loaded.set, tools: parseTools('tools.json', changed) });
}

function sumUp([attack, benign]: readonly FileReport[]) {
  if (attack === undefined || benign === undefined) throw new Error('nothing was replayed');
  const { denied, reviewed, total } = attack.scores.attackSessions;
  const free = benign.scores.benignSessions;
  return { stopped: denied + reviewed, total, touched: free.denied + free.reviewed };
}

describe('the injection recipe over invented sessions of other kinds of tools', () => {
  let found: ReturnType<typeof sumUp>;
  beforeAll(async () => {
    found = sumUp(await replay());
  });

  it('stops calls that strangers’ sentences ask for', () => {
    expect(found.total).toBe(40);
    expect(found.stopped).toBeGreaterThanOrEqual(38);
  });
  it('lets what is picked from fields and lists pass', () => {
    expect(found.touched).toBeLessThanOrEqual(8);
  });
});

/** Nobody says then where things go: what a sentence names is seen only where it speaks of the tool. */
const bare: Change = (manifest) =>
  Object.fromEntries(Object.entries(manifest).filter(([key]) => /^(?:effect|undo)$/.test(key)));

const authors: readonly (readonly [who: string, change: Change, atLeast: number])[] = [
  ['leaves out what is optional', bare, 26],
  ['takes every output for trusted', (manifest) => ({ ...manifest, output: 'trusted' }), 34],
  ['takes every output for strangers’', (manifest) => ({ ...manifest, output: 'untrusted' }), 38],
  ['calls nothing external', (manifest) => ({ ...manifest, external: false }), 38],
];

describe('the injection recipe under the manifest of an author who', () => {
  it.each(authors)('%s', async (_, change, atLeast) => {
    expect(sumUp(await replay(change)).stopped).toBeGreaterThanOrEqual(atLeast);
  });
});
