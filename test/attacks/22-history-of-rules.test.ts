import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/core/model/json.ts';
import { putRecord } from '../../src/core/model/ports.ts';
import type { RuleFile } from '../../src/core/rules/load.ts';
import { createRuleThread } from '../../src/files/rule-thread.ts';
import { sha256Hex } from '../../src/core/model/sha256.ts';
import { realClock } from '../files/clocks.ts';
import { keeperWorld, rule } from '../files/keeper-world.ts';

type World = Awaited<ReturnType<typeof keeperWorld>>;

/** Loose rules first, then strict ones; the process has ended. */
async function looseThenStrict() {
  const world = await keeperWorld();
  await world.save('a.json', rule('mail', 'auto_approve'));
  const keeper = await world.open({ activate: 'tightening' });
  const loose = keeper.current().version;
  const before = await headOf(world);
  await world.save('a.json', rule('mail', 'deny'));
  await keeper.reload();
  await keeper.close();
  return { world, loose, strict: keeper.current().version, before };
}

async function headOf({ records }: World): Promise<JsonObject> {
  return (await records.get('rules', 'head'))?.value ?? {};
}

describe('class 22: the records are edited by hand, so that a loosening edit passes unseen', () => {
  it('the last set is put back to an older one: a start that must see what loosens refuses', async () => {
    const { world, before } = await looseThenStrict();
    await putRecord(world.records, 'rules', 'head', before);
    await world.save('a.json', rule('mail', 'auto_approve'));
    await expect(world.open({ activate: 'tightening' })).rejects.toMatchObject({
      code: 'AUDIT_BROKEN',
    });
  });

  it('the last set is deleted, or is one that the log never had', async () => {
    for (const forged of [undefined, { version: 'x' }, { contents: sha256Hex('x') }]) {
      const { world } = await looseThenStrict();
      const head = await headOf(world);
      const inForce = head['inForce'] ?? null;
      const edited = { ...head, inForce: isJsonObject(inForce) ? { ...inForce, ...forged } : null };
      const value = forged === undefined || 'version' in forged ? undefined : edited;
      await putRecord(world.records, 'rules', 'head', value);
      await world.save('a.json', rule('mail', 'auto_approve'));
      await expect(world.open({ activate: 'tightening' })).rejects.toMatchObject({
        code: 'AUDIT_BROKEN',
      });
    }
  });

  it.each([['pin'], ['hold']])(
    'a %s of older rules is slipped in: ignored, and told',
    async (kind) => {
      const { world, strict, before } = await looseThenStrict();
      const head = await headOf(world);
      const freeze = { kind, by: 'ann', reason: null, sinceMs: 0, untilMs: 1e15, seq: 1 };
      await putRecord(world.records, 'rules', 'head', { ...head, ...before, freeze });
      const keeper = await world.open();
      expect(keeper.current().version).toBe(strict);
      expect(keeper.frozen()).toBeUndefined();
      expect(keeper.problems()).toEqual([
        expect.stringMatching(/not the last word of the action log/),
      ]);
      expect(world.events.map(({ name }) => name)).toContain('rules.history_broken');
    },
  );

  it('a pin that a person ended is put back: ignored, and told', async () => {
    const { world, loose, strict } = await looseThenStrict();
    const keeper = await world.open();
    await keeper.rollback(loose, { by: 'ann' });
    const pinned = await headOf(world);
    await keeper.release('pin', undefined, { by: 'ann' });
    await keeper.close();
    await putRecord(world.records, 'rules', 'head', pinned);
    const next = await world.open();
    expect([next.current().version, next.frozen()]).toEqual([strict, undefined]);
    expect(next.problems()).toHaveLength(1);
  });

  it('a hold is made longer: ignored, and told', async () => {
    const { world } = await looseThenStrict();
    const keeper = await world.open();
    await keeper.hold(60_000, { by: 'ann' });
    await keeper.close();
    const head = await headOf(world);
    const freeze = head['freeze'] ?? null;
    const longer = isJsonObject(freeze) ? { ...freeze, untilMs: 1e15 } : null;
    await putRecord(world.records, 'rules', 'head', { ...head, freeze: longer });
    const next = await world.open();
    expect([next.frozen(), next.problems().length]).toEqual([undefined, 1]);
  });
});

describe('class 22: the history is edited by hand', () => {
  it('its entry, its list of files or a file: nothing of it is put in force or shown', async () => {
    for (const edit of ['author', 'files', 'contents', 'loosened'] as const) {
      const { world, loose } = await looseThenStrict();
      const keeper = await world.open();
      const [record] = await world.records.list('rules-history');
      const other = { name: 'a.json', sha256: await world.texts.put('{"rules":[]}') };
      const forged = { author: 'bob', files: [other], contents: sha256Hex('x'), loosened: ['x'] };
      const value = { ...record?.value, [edit]: forged[edit] };
      await putRecord(world.records, 'rules-history', record?.key ?? '', value);
      const rollback = keeper.rollback(loose, { by: 'ann' });
      await expect(rollback).rejects.toMatchObject({ code: 'AUDIT_BROKEN' });
      expect(keeper.frozen()).toBeUndefined();
    }
  });

  it('an entry of the last start is put among them that the log does not have', async () => {
    const { world } = await looseThenStrict();
    const keeper = await world.open();
    const [record] = await world.records.list('rules-history');
    const text = JSON.stringify({ rules: [rule('mail', 'auto_approve', { mode: 'enforce' })] });
    const files = [{ name: 'a.json', sha256: await world.texts.put(text) }];
    const forged = { ...record?.value, to: 'f'.repeat(64), files, seq: 2 };
    await putRecord(world.records, 'rules-history', '9', forged);
    const rollback = keeper.rollback('ffffff', { by: 'ann' });
    await expect(rollback).rejects.toMatchObject({ code: 'AUDIT_BROKEN' });
  });
});

describe('class 22: the files are swapped while another thread checks them', () => {
  it('checks the texts that it was handed: what comes back is them, and no later ones', async () => {
    const thread = createRuleThread({ clock: realClock });
    const files: RuleFile[] = [
      { name: 'a.json', text: JSON.stringify({ rules: [rule('mail', 'deny')] }) },
    ];
    const loading = thread.load(files, undefined, {});
    files[0] = { name: 'a.json', text: JSON.stringify({ rules: [rule('mail', 'auto_approve')] }) };
    const loaded = await loading;
    expect(loaded.ok && loaded.set.set.rules.map(({ verdict }) => verdict)).toEqual(['deny']);
    expect(loaded.ok && loaded.set.set.files[0]?.text).toContain('deny');
  });
});
