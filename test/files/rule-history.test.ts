import { rename, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { keeperWorld, rule } from './keeper-world.ts';

const ann = { by: 'ann', reason: 'incident 42' };
const bob = { by: 'bob' };
const tested = rule('mail', 'deny', {
  tests: [{ call: { tool: 'mail' }, expect: 'deny' }],
});

describe('the history of rules', () => {
  it('keeps who, when, how, what and the tests of every set that was in force, and its files', async () => {
    const world = await keeperWorld();
    await world.save('a.json', tested);
    const keeper = await world.open();
    const first = keeper.current().version;
    world.clock.advance(1000);
    await world.save('b.json', rule('note', 'auto_approve'));
    await keeper.reload();
    const [one, two] = await keeper.history.list();
    const me = `os:${userInfo().username}`;
    expect(one).toMatchObject({ to: first, from: null, via: 'start', author: me, time: 0 });
    expect(two).toMatchObject({ from: first, via: 'edit', author: me, time: 1000 });
    expect(two).toMatchObject({ added: ['note'], tests: { ran: 1, passed: 1 }, reason: null });
    expect(two?.loosened).toHaveLength(1);
    const files = await keeper.history.read(await keeper.history.find(first.slice(0, 8)));
    expect(files).toEqual([{ name: 'a.json', text: JSON.stringify({ rules: [tested] }) }]);
    expect((await keeper.history.at(999)).to).toBe(first);
    await expect(keeper.history.at(-1)).rejects.toMatchObject({ code: 'RULES_INVALID' });
    // the same text is stored once
    expect(two?.files[0]?.sha256).toBe(one?.files[0]?.sha256);
  });

  it('does not have what never took effect', async () => {
    const world = await keeperWorld();
    await world.save('a.json', rule('mail', 'deny'));
    const keeper = await world.open();
    await world.save('a.json', rule('mail', 'allways'));
    await keeper.reload();
    expect(await keeper.history.list()).toHaveLength(1);
    expect(world.events.map(({ name }) => name)).toContain('rules.rejected');
  });

  it('goes on over a restart', async () => {
    const world = await keeperWorld();
    await world.save('a.json', rule('mail', 'deny'));
    await (await world.open()).close();
    await world.save('a.json', rule('mail', 'require_review'));
    const keeper = await world.open();
    expect((await keeper.history.list()).map(({ via }) => via)).toEqual(['start', 'edit']);
    await keeper.close();
    const again = await world.open();
    expect(await again.history.list()).toHaveLength(2);
    expect(again.problems()).toEqual([]);
  });
});

describe('a rollback', () => {
  it('is a new entry, pins, and stands against the watcher, a restart and a folder that is gone', async () => {
    const world = await keeperWorld();
    await world.save('a.json', rule('mail', 'auto_approve'));
    const keeper = await world.open({ activate: 'tightening' });
    const loose = keeper.current().version;
    await world.save('a.json', rule('mail', 'deny'));
    await keeper.reload();
    const strict = keeper.current().version;
    // it loosens, and a person does it: no waiting
    await keeper.rollback(loose, ann);
    expect(keeper.current().version).toBe(loose);
    const last = (await keeper.history.list()).at(-1);
    expect(last).toMatchObject({ via: 'rollback', author: 'ann', reason: 'incident 42' });
    expect(last?.loosened).toHaveLength(1);
    expect(world.events).toContainEqual(
      expect.objectContaining({ name: 'rules.loosened', by: 'ann', waiting: false }),
    );
    await keeper.reload();
    expect(keeper.problems()).toEqual([expect.stringMatching(/pinned by ann, and disk differs/)]);
    await keeper.close();

    const next = await world.open({ activate: 'tightening' });
    expect(next.current().version).toBe(loose);
    await rename(world.path, `${world.path}.gone`);
    await next.reload();
    expect(next.current().version).toBe(loose);
    expect(next.problems()[0]).toMatch(/does not exist/);
    await expect(next.release('pin', undefined, bob)).rejects.toThrow(/the pin stays/);
    await next.close();

    const gone = await world.open({ activate: 'tightening' });
    expect([gone.current().version, gone.frozen()?.by]).toEqual([loose, 'ann']);
    await rename(`${world.path}.gone`, world.path);
    await gone.release('pin', undefined, bob);
    expect([gone.current().version, gone.frozen()]).toEqual([strict, undefined]);
    expect((await gone.history.list()).at(-1)).toMatchObject({ via: 'release', author: 'bob' });
    expect(gone.problems()).toEqual([]);
  });

  it('to a set that does not load any more changes nothing, and says why', async () => {
    const world = await keeperWorld();
    const listed = { condition: { tool: { in_list: 'tools' } } };
    await world.save('a.json', rule('mail', 'auto_approve', listed));
    const before = await world.open({ load: { lists: { tools: ['mail'] } } });
    const old = before.current().version;
    await world.save('a.json', rule('mail', 'deny'));
    await before.reload();
    await before.close();
    const keeper = await world.open();
    await expect(keeper.rollback(old, ann)).rejects.toThrow(/do not load here any more/);
    expect(keeper.frozen()).toBeUndefined();
    expect(await keeper.history.list()).toHaveLength(2);
  });

  it('to a set whose filter is gone warns, and the calls it is asked of are denied', async () => {
    const world = await keeperWorld();
    await world.save('a.json', rule('mail', 'auto_approve', { filters: ['pii'] }));
    const before = await world.open({ load: { knownFilters: ['pii'] } });
    const old = before.current().version;
    await world.save('a.json', rule('mail', 'deny'));
    await before.reload();
    await before.close();
    const keeper = await world.open({ load: { knownFilters: [] } });
    expect(await keeper.rollback(old, ann)).toEqual([expect.stringMatching(/`pii` is not reg/)]);
  });

  it('to what is in force only pins it', async () => {
    const world = await keeperWorld();
    await world.save('a.json', rule('mail', 'deny'));
    const keeper = await world.open();
    await keeper.rollback(keeper.current().version, ann);
    expect(await keeper.history.list()).toHaveLength(1);
    expect(keeper.frozen()).toMatchObject({ kind: 'pin', by: 'ann' });
  });

  it('of two persons at once: both are logged, one after the other', async () => {
    const world = await keeperWorld();
    await world.save('a.json', rule('mail', 'deny'));
    const keeper = await world.open();
    const one = keeper.current().version;
    await world.save('a.json', rule('mail', 'require_review'));
    await keeper.reload();
    const two = keeper.current().version;
    await world.save('a.json', rule('mail', 'auto_approve'));
    await keeper.reload();
    await Promise.all([keeper.rollback(one, ann), keeper.rollback(two, bob)]);
    const last = (await keeper.history.list()).slice(-2);
    expect(last.map(({ from, to, author }) => [from, to, author])).toEqual([
      [expect.any(String), one, 'ann'],
      [one, two, 'bob'],
    ]);
    expect(keeper.frozen()?.by).toBe('bob');
  });
});

describe('a pin', () => {
  it('lets edits be checked and told of, and ends with what was shown', async () => {
    const world = await keeperWorld();
    await world.save('a.json', rule('mail', 'deny'));
    const keeper = await world.open();
    const before = keeper.current().version;
    await keeper.pin(ann);
    expect(keeper.problems()).toEqual([]);
    await world.save('a.json', rule('mail', 'auto_approve'));
    await keeper.reload();
    const shown = keeper.disk();
    expect([keeper.current().version, shown?.diff.changed]).toEqual([before, ['mail']]);
    await world.save('a.json', rule('mail', 'nonsense'));
    await keeper.reload();
    expect(keeper.problems()[0]).toMatch(/nonsense|expected/);
    await expect(keeper.release('pin', undefined, bob)).rejects.toThrow(/the pin stays/);
    await world.save('a.json', rule('mail', 'require_review'));
    await expect(keeper.release('pin', shown?.version, bob)).rejects.toThrow(/were changed since/);
    await expect(keeper.release('hold', undefined, bob)).rejects.toThrow(/pinned, not held/);
    await keeper.release('pin', keeper.disk()?.version, bob);
    expect(keeper.current().rules[0]?.verdict).toBe('review');
    await expect(keeper.release('pin', undefined, bob)).rejects.toThrow(/nothing is pinned/);
  });
});

describe('a hold', () => {
  it('collects the saves of several files and puts them in force as one set', async () => {
    const world = await keeperWorld();
    await world.save('a.json', rule('mail', 'deny'), rule('note', 'deny'));
    const keeper = await world.open();
    await keeper.hold(60_000, ann);
    await world.save('a.json', rule('mail', 'deny'));
    await keeper.reload();
    await world.save('b.json', rule('note', 'deny'));
    await keeper.reload();
    await keeper.release('hold', keeper.disk()?.version, bob);
    const all = await keeper.history.list();
    expect(all).toHaveLength(2);
    // the rule that moved was never missing
    expect(all[1]).toMatchObject({ removed: [], loosened: [], via: 'release', author: 'bob' });
    world.clock.advance(120_000);
    expect(keeper.problems()).toEqual([]);
  });

  it.each([['while it runs'], ['over a restart']])(
    'that nobody ends, ends loudly %s: what loosens waits for a person',
    async (when) => {
      const world = await keeperWorld();
      await world.save('a.json', rule('mail', 'deny'));
      let keeper = await world.open();
      const before = keeper.current().version;
      await keeper.hold(60_000, ann);
      await world.save('a.json', rule('mail', 'auto_approve'));
      await keeper.reload();
      if (when !== 'while it runs') await keeper.close();
      world.clock.advance(60_000);
      if (when !== 'while it runs') keeper = await world.open();
      await keeper.reload();
      await expect.poll(() => keeper.waiting()?.loosened).toHaveLength(1);
      expect(keeper.current().version).toBe(before);
      expect(world.events.map(({ name }) => name)).toContain('rules.hold_expired');
      expect(await world.entries('rules.released')).toMatchObject([{ reason: 'the hold ran out' }]);
      await keeper.accept(keeper.waiting()?.version ?? '', bob);
      expect((await keeper.history.list()).at(-1)).toMatchObject({ via: 'accept', author: 'bob' });
    },
  );

  it.each([['a restart'], ['another save']])(
    'that nobody ended lets what loosens wait on, after %s',
    async (what) => {
      const world = await keeperWorld();
      await world.save('a.json', rule('mail', 'deny'));
      let keeper = await world.open();
      await keeper.hold(60_000, ann);
      await world.save('a.json', rule('mail', 'auto_approve'));
      await keeper.reload();
      world.clock.advance(60_000);
      await expect.poll(() => keeper.waiting()?.loosened).toHaveLength(1);
      if (what === 'a restart') {
        await keeper.close();
        keeper = await world.open();
      } else await world.save('b.json', rule('note', 'deny'));
      await keeper.reload();
      expect(keeper.current().rules.map(({ verdict }) => verdict)).toEqual(['deny']);
      await keeper.accept(keeper.waiting()?.version ?? '', bob);
      await world.save('a.json', rule('mail', 'require_review'));
      await world.save('b.json', rule('note', 'auto_approve'));
      await keeper.reload();
      // a person has looked: from here on edits take effect as before
      expect(keeper.waiting()).toBeUndefined();
      expect(keeper.current().rules.map(({ verdict }) => verdict)).toEqual(['review', 'allow']);
    },
  );

  it('that nobody ended is forgotten once its edits are taken back', async () => {
    const world = await keeperWorld();
    await world.save('a.json', rule('mail', 'deny'));
    const keeper = await world.open();
    await keeper.hold(60_000, ann);
    await world.save('a.json', rule('mail', 'auto_approve'));
    await keeper.reload();
    world.clock.advance(60_000);
    await expect.poll(() => keeper.waiting()?.loosened).toHaveLength(1);
    for (const approval of ['deny', 'require_review']) {
      await world.save('a.json', rule('mail', approval));
      await keeper.reload();
    }
    expect(keeper.current().rules[0]?.verdict).toBe('review');
  });

  it('has a bound, and gives way to no pin', async () => {
    const world = await keeperWorld();
    await world.save('a.json', rule('mail', 'deny'));
    const keeper = await world.open();
    for (const ms of [0, -1, Number.NaN, 86_400_001]) {
      await expect(keeper.hold(ms, ann)).rejects.toThrow(/from a second to a day/);
    }
    await keeper.pin(ann);
    await expect(keeper.hold(60_000, bob)).rejects.toThrow(/pinned by ann/);
    await rm(world.path, { recursive: true });
  });
});

describe('a rule that expires', () => {
  it.each([['pinned'], ['not pinned']])(
    'keeps no set from being read again for its tests, %s',
    async (how) => {
      const world = await keeperWorld();
      const until = { metadata: { expires: '2026-02-01' } };
      const tests = [{ call: { tool: 'mail' }, expect: 'auto_approve' }];
      await world.save('a.json', rule('mail', 'auto_approve', { ...until, tests }));
      let keeper = await world.open();
      if (how === 'pinned') await keeper.pin(ann);
      await keeper.close();
      world.clock.advance(Date.UTC(2026, 2, 1));
      keeper = await world.open();
      expect(keeper.problems()).toEqual([]);
      expect(keeper.current().rules.map(({ name }) => name)).toEqual(['mail']);
    },
  );
});

describe('a crash', () => {
  it.each([['before'], ['after']])(
    '%s the entry is in the log leaves one truth: the log',
    async (when) => {
      const world = await keeperWorld();
      await world.save('a.json', rule('mail', 'deny'));
      const keeper = await world.open({ activate: 'tightening' });
      const before = keeper.current().version;
      await keeper.close();

      await world.save('a.json', rule('mail', 'deny'), rule('note', 'deny'));
      let died = false;
      const records = {
        ...world.records,
        compareAndSet: async (...args: Parameters<typeof world.records.compareAndSet>) => {
          if (died) throw new Error('the process died');
          return world.records.compareAndSet(...args);
        },
      };
      const journal = async (type: string): Promise<void> => {
        if (type !== 'rules.activated') return;
        died = true;
        if (when === 'before') throw new Error('the process died');
      };
      const dead = await world.open({ activate: 'tightening', records, journal });
      expect(dead.current().version).toBe(before);
      await dead.close();

      const next = await world.open({ activate: 'tightening' });
      const told = (await world.entries()).map(({ to }) => to);
      expect((await next.history.list()).map(({ to }) => to)).toEqual(told);
      expect(told).toEqual([before, next.current().version]);
      expect(next.current().size).toBe(2);
    },
  );
});
