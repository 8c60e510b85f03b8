import { expect, it } from 'vitest';
import { commit } from '../../../src/core/audit/commitment.ts';
import { isJsonObject, toText } from '../../../src/core/model/json.ts';
import { answerAll, countingTool, review, ticketOf } from '../../support/tools.ts';
import { startBench } from '../../support/harness.ts';

it('keeps the values of every entry of a call, so that each commitment can be checked', async () => {
  const bench = await startBench([review('mail')]);
  const { tool } = countingTool(bench.hypervisor, 'mail');
  const pending = await tool.attempt({ to: 'a' }, { waitMs: 0 });
  await answerAll(bench.hypervisor);
  expect(await tool.resume(ticketOf(pending))).toMatchObject({ status: 'done' });
  const committed = (await bench.entries()).filter(({ commitments }) => isJsonObject(commitments));
  expect(committed.map(({ type }) => type)).toEqual([
    'call.decided',
    'call.decided',
    'call.finished',
  ]);
  expect(new Set(committed.map(({ vault }) => vault)).size).toBe(3);
  for (const { commitments, vault } of committed) {
    const record = await bench.parts.vault.get(toText(vault));
    const again = Object.entries(record?.values ?? {}).map(([name, value]) => [
      name,
      commit(record?.salt ?? '', name, value),
    ]);
    expect(Object.fromEntries(again)).toEqual(commitments);
  }
});
