import { describe, expect, it } from 'vitest';
import { writeSealed } from '../../src/stores/embedded/sealed-record.ts';
import { openVaultScan } from '../../src/cli/vault-scan.ts';
import { folderWith } from './cli.ts';

const name = (start: number): string => `${String(start).padStart(20, '0')}.vlt`;
const record = (at: number, values: { [name: string]: string } = { call: `"${at}"` }): string =>
  writeSealed({ id: `id-${at}`, salt: '0'.repeat(32), values });
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

describe('reading a vault beside its log', () => {
  it('finds records about in their order, over files, and none that was erased', async () => {
    const lines = range(3000).map((at) => record(at));
    lines[7] = `${' '.repeat(lines[7]?.length ?? 0)}\n`;
    const first = lines.slice(0, 1000).join('');
    const dir = await folderWith({
      [name(0)]: first,
      [name(first.length)]: lines.slice(1000).join(''),
    });
    const vault = openVaultScan(dir, { callsOnly: true });
    for (const at of range(3000)) {
      // neighbours change places, as those of calls side by side may
      const asked = at % 2 === 0 ? at + 1 : at - 1;
      const expected = asked === 7 ? undefined : { call: `"${asked}"` };
      expect(await vault.take(`id-${asked}`)).toEqual(expected);
    }
    expect(await vault.take('id-2999')).toBeUndefined();
  });

  it('does not look for one for ever, and finds the next all the same', async () => {
    const dir = await folderWith({
      [name(0)]: range(50_000)
        .map((at) => record(at))
        .join(''),
    });
    const vault = openVaultScan(dir, { callsOnly: true });
    expect(await vault.take('id-49999')).toBeUndefined();
    expect(await vault.take('id-0')).toEqual({ call: '"0"' });
    expect(await vault.take('gone')).toBeUndefined();
    expect(await vault.take('id-1')).toEqual({ call: '"1"' });
  });

  it('passes over results where only calls are asked for, and over what was cut or changed', async () => {
    const changed = record(1).replace('id-1', 'id-9');
    const text = record(0, { result: '1' }) + changed + record(2) + record(3).slice(0, 50);
    const dir = await folderWith({ [name(0)]: text });
    const calls = openVaultScan(dir, { callsOnly: true });
    const found = [await calls.take('id-0'), await calls.take('id-1'), await calls.take('id-2')];
    expect(found).toEqual([undefined, undefined, { call: '"2"' }]);
    const all = openVaultScan(dir, { callsOnly: false });
    expect([await all.take('id-0'), await all.take('id-3')]).toEqual([{ result: '1' }, undefined]);
  });

  it('a folder without a vault has nothing', async () => {
    const vault = openVaultScan(await folderWith(), { callsOnly: true });
    expect(await vault.take('id-0')).toBeUndefined();
  });
});
