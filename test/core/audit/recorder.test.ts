import { assert, property, string } from 'fast-check';
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { commit, commitAll } from '../../../src/core/audit/commitment.ts';
import { createRecorder } from '../../../src/core/audit/recorder.ts';
import type { Vault } from '../../../src/core/model/ports.ts';
import { createMemoryLog } from '../../../src/stores/memory/log.ts';
import { createMemoryVault } from '../../../src/stores/memory/vault.ts';
import { collect } from '../../stores/collect.ts';

const salt = '00112233445566778899aabbccddeeff';

describe('commitment', () => {
  it('is HMAC-SHA256 of name, zero and value under the salt', () => {
    assert(
      property(string({ unit: 'grapheme' }), string({ unit: 'grapheme' }), (name, value) => {
        const expected = createHmac('sha256', Buffer.from(salt, 'hex')).update(`${name}\0${value}`);
        expect(commit(salt, name, value)).toBe(expected.digest('hex'));
      }),
    );
  });

  it.each([0, 1_300, 1_365, 1_366, 5_000])(
    'is the same for %i characters of any width',
    (count) => {
      for (const character of ['x', 'é', '漢', '😀']) {
        const value = character.repeat(count);
        const expected = createHmac('sha256', Buffer.from(salt, 'hex')).update(`a\0${value}`);
        expect(commit(salt, 'a', value)).toBe(expected.digest('hex'));
      }
    },
  );

  it('keeps nothing of a longer salt or value that came before', () => {
    const before = commit('ab'.repeat(16), 'a', 'b');
    commit('cd'.repeat(64), 'a', 'longer than the other');
    expect(commit('ab'.repeat(16), 'a', 'b')).toBe(before);
  });

  it('commits to each of several values as to one', () => {
    expect(commitAll(salt, { args: '{}', result: '1' })).toEqual({
      args: commit(salt, 'args', '{}'),
      result: commit(salt, 'result', '1'),
    });
  });

  it.each(['', 'xyz', 'abc', 'ab'.repeat(65)])('refuses the salt %j', (bad) => {
    expect(() => commit(bad, 'a', 'b')).toThrow(/salt/);
  });
});

describe('recorder', () => {
  it('puts values in the vault and only commitments in the line', async () => {
    const [log, vault] = [createMemoryLog(), createMemoryVault()];
    const recorder = createRecorder({ log, vault, ids: { id: () => salt } });
    const values = { args: '{"to":"alice@example.org"}' };
    const link = await recorder.record({ type: 'call.decided', time: 1 }, { id: 'c1', values });
    expect(link).toEqual(log.head());
    expect(await vault.get('c1')).toEqual({ id: 'c1', salt, values });
    const [entry] = await collect(log.read(1));
    expect(entry?.body).toEqual({
      type: 'call.decided',
      time: 1,
      vault: 'c1',
      commitments: { args: commit(salt, 'args', values.args) },
    });
    expect(JSON.stringify(entry)).not.toContain('alice');
  });

  it('acknowledges no entry when the vault cannot be written', async () => {
    const log = createMemoryLog();
    const vault: Vault = { ...createMemoryVault(), put: () => Promise.reject(new Error('EIO')) };
    const recorder = createRecorder({ log, vault, ids: { id: () => salt } });
    const record = recorder.record({ type: 'x', time: 1 }, { id: 'c1', values: { a: '1' } });
    await expect(record).rejects.toThrow('EIO');
  });
});
