import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EntryBody } from '../../src/core/model/ports.ts';
import { openRuleKeeper } from '../../src/files/rule-keeper.ts';
import { createMemoryLog } from '../../src/stores/memory/log.ts';
import { createMemoryTexts } from '../../src/stores/memory/texts.ts';
import { createMemoryRecords } from '../../src/stores/memory/records.ts';
import { createHandClock } from './clocks.ts';

const rules = (approval: string): string =>
  JSON.stringify({ rules: [{ name: 'mail', condition: { tool: 'mail' }, approval }] });

let dir = '';
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'ringfence-keeper-')));
  await mkdir(join(dir, 'rules'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function openKeeper(activate: 'immediately' | 'tightening' = 'immediately') {
  const log = createMemoryLog();
  const written: EntryBody[] = [];
  let hold: Promise<void> | undefined;
  const keeper = await openRuleKeeper({
    path: join(dir, 'rules'),
    log,
    records: createMemoryRecords(),
    texts: createMemoryTexts(),
    clock: createHandClock(),
    load: { env: 'production', nowMs: 0 },
    activate,
  });
  const journal = async (body: EntryBody) => {
    await hold;
    written.push(body);
    const [link] = await log.append([body]);
    return link ?? { seq: 0, leaf: '' };
  };
  await keeper.start({ journal, emit: () => undefined });
  const slow = (until: Promise<void>): void => void (hold = until);
  return { keeper, written, slow };
}

describe('the rules in force', () => {
  it('protect what a swapped link leads to, whatever it says', async () => {
    await writeFile(join(dir, 'one.json'), rules('deny'));
    await writeFile(join(dir, 'two.json'), rules('deny'));
    await writeFile(join(dir, 'three.json'), 'no rules');
    await symlink(join(dir, 'one.json'), join(dir, 'rules/a.json'));
    const { keeper } = await openKeeper();
    for (const name of ['two.json', 'three.json']) {
      await symlink(join(dir, name), join(dir, 'rules/next'));
      await rename(join(dir, 'rules/next'), join(dir, 'rules/a.json'));
      await keeper.reload();
    }
    const names = ['one.json', 'two.json', 'three.json'];
    expect(keeper.paths()).toEqual(expect.arrayContaining(names.map((name) => join(dir, name))));
    await keeper.close();
  });

  it('follow the lists that they name, and stay when one vanishes', async () => {
    const rule = {
      name: 'mail',
      condition: { tool: { in_list: 'tools' } },
      approval: 'deny',
    };
    const text = JSON.stringify({ lists: { tools: { file: 'tools.txt' } }, rules: [rule] });
    await writeFile(join(dir, 'rules/a.json'), text);
    await writeFile(join(dir, 'rules/tools.txt'), 'mail\n');
    const { keeper } = await openKeeper();
    const before = keeper.current().version;
    await writeFile(join(dir, 'rules/tools.txt'), 'mail\nsms\n');
    await keeper.reload();
    const after = keeper.current().version;
    expect(after).not.toBe(before);
    await rm(join(dir, 'rules/tools.txt'));
    await keeper.reload();
    expect(keeper.current().version).toBe(after);
    expect(keeper.problems()).toEqual([expect.stringMatching(/no list in a file `tools.txt`/)]);
    await keeper.close();
  });

  it('protect every file there is, however many', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `${i}.json`);
    await mkdir(join(dir, 'elsewhere'));
    for (const name of names) {
      const text = JSON.stringify({ rules: [] });
      await writeFile(join(dir, 'elsewhere', name), text);
      await symlink(join(dir, 'elsewhere', name), join(dir, 'rules', name));
    }
    const { keeper } = await openKeeper();
    const files = names.map((name) => join(dir, 'elsewhere', name));
    expect(keeper.paths()).toEqual(expect.arrayContaining([join(dir, 'rules'), ...files]));
    await keeper.close();
  });

  it('are the files on disk, though a set is accepted while they change', async () => {
    await writeFile(join(dir, 'rules/a.json'), rules('deny'));
    const { keeper, written, slow } = await openKeeper('tightening');
    const before = keeper.current().version;
    await writeFile(join(dir, 'rules/a.json'), rules('auto_approve'));
    await keeper.reload();
    const waiting = keeper.waiting()?.version ?? '';
    const disk = Promise.withResolvers<void>();
    slow(disk.promise);
    const accepting = keeper.accept(waiting, { by: 'ann' });
    await writeFile(join(dir, 'rules/a.json'), rules('deny'));
    const reloading = keeper.reload();
    await new Promise((resolve) => setTimeout(resolve, 50));
    disk.resolve();
    await Promise.all([accepting, reloading]);
    expect(keeper.current().version).toBe(before);
    expect(written.at(-1)).toMatchObject({ type: 'rules.activated', to: before });
    await keeper.close();
  });
});
