import { afterEach, describe, expect, it } from 'vitest';
import type { Sealed, Vault } from '../../src/core/model/ports.ts';

export const sealed = (n: number): Sealed => ({
  id: `id-${n}`,
  salt: String(n).padStart(32, '0'),
  values: { args: `{"n":${n},"text":"ä\\n"}`, result: 'null' },
});

/** What every driver of the port `Vault` keeps. */
export function vaultContract(name: string, open: () => Promise<Vault>): void {
  describe(`vault: ${name}`, () => {
    const vaults: Vault[] = [];
    const opened = async () => {
      const vault = await open();
      vaults.push(vault);
      return vault;
    };
    afterEach(async () => {
      for (const vault of vaults.splice(0)) await vault.close().catch(() => {});
    });

    it('gives back what was put, and nothing else', async () => {
      const vault = await opened();
      await Promise.all(
        Array.from({ length: 50 }, (_, n) => vault.put(sealed(n), { durable: n % 2 === 0 })),
      );
      for (let n = 0; n < 50; n += 1) expect(await vault.get(`id-${n}`)).toEqual(sealed(n));
      expect(await vault.get('id-50')).toBeUndefined();
      expect(await vault.get('id-')).toBeUndefined();
      expect(await vault.get('__proto__')).toBeUndefined();
    });

    it('erases once, and only what was named', async () => {
      const vault = await opened();
      for (let n = 0; n < 3; n += 1) await vault.put(sealed(n), { durable: n === 0 });
      expect(await vault.erase('id-1')).toBe(true);
      expect(await vault.erase('id-1')).toBe(false);
      expect(await vault.erase('nobody')).toBe(false);
      expect(await vault.get('id-1')).toBeUndefined();
      expect(await vault.get('id-0')).toEqual(sealed(0));
      expect(await vault.get('id-2')).toEqual(sealed(2));
    });

    it('is not changed by what its caller does later', async () => {
      const vault = await opened();
      const record = { id: 'a', salt: '00', values: { args: '1' } };
      await vault.put(record);
      record.values.args = '2';
      expect((await vault.get('a'))?.values).toEqual({ args: '1' });
    });

    it('takes nothing more once it is closed', async () => {
      const vault = await opened();
      await vault.close();
      await vault.close();
      await expect(vault.put(sealed(1))).rejects.toMatchObject({ code: 'CLOSED' });
    });
  });
}
