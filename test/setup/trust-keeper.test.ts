import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/model/json.ts';
import { putRecord } from '../../src/core/model/ports.ts';
import { openTrustKeeper } from '../../src/judge/trust-keeper.ts';
import { createMemoryRecords } from '../../src/stores/memory/records.ts';
import { createVirtualClock } from '../../src/stores/memory/virtual-clock.ts';

async function reopen(value: JsonObject | undefined) {
  const records = createMemoryRecords();
  await putRecord(records, 'judge', 'trust', value);
  const journal = async () => ({ seq: 1, leaf: '' });
  return openTrustKeeper(records, { clock: createVirtualClock(0), journal });
}

describe('the record of lost trust', () => {
  it.each<[string, JsonObject | undefined, readonly string[] | undefined]>([
    ['is not there: the judge was trusted', undefined, undefined],
    ['names the cases', { failed: ['a', 'b'] }, ['a', 'b']],
    ['is not readable, and counts as lost trust', { failed: 7 }, []],
    ['is empty, and counts as lost trust', {}, []],
  ])('%s', async (_what, value, failed) => {
    expect((await reopen(value)).failedBefore).toEqual(failed);
  });
});
