import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/model/json.ts';
import { openPromptManager, type PromptManager } from '../../src/files/prompt-manager.ts';
import { realClock } from './clocks.ts';

const shipped = join(import.meta.dirname, '../../prompts');

let dir = '';
let overrides = '';
let stage1 = '';
let manager: PromptManager | undefined;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringfence-prompts-'));
  overrides = join(dir, 'prompts');
  await mkdir(overrides);
  stage1 = await readFile(join(shipped, 'judge-stage-1.md'), 'utf8');
});
afterEach(async () => {
  await manager?.close();
  manager = undefined;
  await rm(dir, { recursive: true, force: true });
});

async function open(onChange?: () => void) {
  manager = await openPromptManager({
    shipped,
    overrides,
    clock: realClock,
    ...(onChange === undefined ? {} : { onChange }),
  });
  const journal: JsonObject[] = [];
  const events: { readonly name: string; readonly event: JsonObject }[] = [];
  await manager.start({
    journal: async (body) => {
      journal.push(body);
      return { seq: journal.length, leaf: '' };
    },
    emit: (name, event) => void events.push({ name, event }),
  });
  return { manager, journal, events };
}
async function linkIntoOpenFolder(): Promise<void> {
  const folder = join(dir, 'open');
  await mkdir(folder);
  await chmod(folder, 0o777);
  await rename(join(overrides, 'mine.md'), join(folder, 'mine.md'));
  await symlink('../open/mine.md', join(overrides, 'mine.md'));
}
const put = (text: string) => writeFile(join(overrides, 'mine.md'), text);

describe('the prompt manager', () => {
  it('puts an edit in use, logs it, and tells who remembers answers of the old one', async () => {
    await put(stage1);
    let forgotten = 0;
    const { manager, journal } = await open(() => void (forgotten += 1));
    const before = manager.current();
    await put(stage1.replace('Be quick', 'Be very quick'));
    await manager.reload();
    const after = manager.current();
    expect(after.find('judge-stage-1').hash).not.toBe(before.find('judge-stage-1').hash);
    expect(after.find('judge-stage-2').hash).toBe(before.find('judge-stage-2').hash);
    expect(journal).toMatchObject([
      { type: 'prompts.activated', from: before.version, to: after.version },
    ]);
    expect(forgotten).toBe(1);
  });

  it('keeps the last good ones when an edit is broken, loudly, until it is mended', async () => {
    await put(stage1);
    const { manager, events } = await open();
    const before = manager.current();
    await put(stage1.replace('{{policy}}', '{{polcy}}'));
    await manager.reload();
    expect(manager.current()).toBe(before);
    expect(manager.problems().join('\n')).toMatch(/`mine.md:19:1`: there is no input `polcy`/u);
    expect(events.some(({ name }) => name === 'prompts.rejected')).toBe(true);
    await put(stage1);
    await manager.reload();
    expect(manager.problems()).toEqual([]);
  });

  it.each([
    ['gone', () => rm(overrides, { recursive: true })],
    ['writable by everybody', () => chmod(join(overrides, 'mine.md'), 0o666)],
    ['a link into a folder that is so', linkIntoOpenFolder],
  ])('keeps them when the folder or file is %s', async (_what, spoil) => {
    await put(stage1.replace('Be quick', 'Be very quick'));
    const { manager } = await open();
    const before = manager.current();
    await spoil();
    await manager.reload();
    expect(manager.current()).toBe(before);
    expect(manager.problems()).toHaveLength(1);
  });

  it('goes back to the shipped ones when the last override is taken away', async () => {
    await put(stage1.replace('Be quick', 'Be very quick'));
    const { manager, journal } = await open();
    const before = manager.current();
    await rm(join(overrides, 'mine.md'));
    await manager.reload();
    expect(manager.problems()).toEqual([]);
    const after = manager.current();
    expect(journal).toMatchObject([{ type: 'prompts.activated', from: before.version }]);
    await put(stage1);
    await manager.reload();
    // the very text that ships
    expect(manager.current().version).toBe(after.version);
  });

  it.each([
    ['nothing', ''],
    ['blank lines', '\n \n\t\n'],
    ['the line that divides it', '\n<!-- inputs -->\n\n'],
  ])(
    'keeps the last good ones when of a prompt no more than the header and %s is there',
    async (_what, body) => {
      const criteria = await readFile(join(shipped, 'judge-criteria.md'), 'utf8');
      const header = criteria.slice(0, criteria.indexOf('---', 3) + 3);
      await put(criteria);
      const { manager } = await open();
      const before = manager.current();
      await put(`${header}${body}`);
      await manager.reload();
      expect(manager.current()).toBe(before);
      expect(manager.problems().join('\n')).toMatch(/`mine.md:5:1`: the prompt has no text/u);
    },
  );

  it('refuses to start on a broken one, with every mistake', async () => {
    await put('no header');
    await writeFile(join(overrides, 'other.md'), 'none here either');
    await expect(open()).rejects.toThrow(/`mine.md:1:1`.*`other.md:1:1`/su);
  });

  it('says which folders no tool may reach', async () => {
    const { manager } = await open();
    expect(manager.paths()).toEqual(expect.arrayContaining([shipped, overrides]));
  });
});
