import { stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findOtherWriter } from '../../src/files/check-permissions.ts';

const here = await stat(import.meta.filename, { bigint: true });
const file = (mode: bigint, uid: bigint, gid: bigint): BigIntStats =>
  Object.assign(Object.create(here) as BigIntStats, { mode, uid, gid });

describe.skipIf(process.platform === 'win32')('who else can write', () => {
  it.each([
    [0o100644n, 1000n, 100n, undefined],
    [0o100664n, 1000n, 1000n, undefined],
    [0o100664n, 1000n, 100n, 'group'],
    [0o100660n, 0n, 20n, 'group'],
    [0o100646n, 1000n, 1000n, 'world'],
    [0o100666n, 1000n, 100n, 'world'],
    [0o041777n, 0n, 0n, 'world'],
  ] as const)('mode %o, user %d, group %d: %s', (mode, uid, gid, writer) => {
    expect(findOtherWriter(file(mode, uid, gid))).toBe(writer);
  });
});
