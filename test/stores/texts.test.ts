import { mkdtemp, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Texts } from '../../src/core/model/ports.ts';
import { openTexts } from '../../src/stores/embedded/texts.ts';
import { createMemoryTexts } from '../../src/stores/memory/texts.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function folder(): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'ringfence-texts-')));
  folders.push(dir);
  return join(dir, 'texts');
}

const engines: readonly (readonly [string, () => Promise<Texts>])[] = [
  ['embedded', async () => openTexts(await folder())],
  ['memory', async () => createMemoryTexts()],
];

describe.each(engines)('texts: %s', (_, open) => {
  it('are named by their SHA-256 and come back as they were', async () => {
    const texts = await open();
    const all = ['', 'a', '{"ä": "\u{1f600}"}\r\n', 'x'.repeat(1_000_000)];
    for (const text of all) expect(await texts.get(await texts.put(text))).toBe(text);
    expect(await texts.put('a')).toBe(
      'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
    );
    expect(await texts.get('0'.repeat(64))).toBeUndefined();
    expect(await texts.get('../records.db')).toBeUndefined();
  });

  it('are stored once, also when put many times at once', async () => {
    const texts = await open();
    const names = await Promise.all(Array.from({ length: 10 }, () => texts.put('same')));
    expect(new Set(names).size).toBe(1);
  });
});

describe.skipIf(process.platform === 'win32')('texts in a folder', () => {
  it('are for their owner alone, leave nothing half-written, and are not believed when changed', async () => {
    const dir = await folder();
    const texts = await openTexts(dir);
    const name = await texts.put('{"rules":[]}');
    expect(await readdir(dir)).toEqual([name]);
    expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
    await writeFile(join(dir, name), '{"rules":{}}');
    await expect(texts.get(name)).rejects.toMatchObject({ code: 'AUDIT_BROKEN' });
    // who puts it again knows what it is
    await texts.put('{"rules":[]}');
    expect(await texts.get(name)).toBe('{"rules":[]}');
  });
});
