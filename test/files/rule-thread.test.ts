import { describe, expect, it } from 'vitest';
import { fullRules } from '../../bench/generated-rules.ts';
import { generatedCalls } from '../../bench/generated-calls.ts';
import { loadRules } from '../../src/core/rules/load.ts';
import { diffRules } from '../../src/core/rules/diff.ts';
import { createRuleLoader } from '../../src/files/rule-loader.ts';
import { createRuleThread } from '../../src/files/rule-thread.ts';
import { createHandClock, realClock } from './clocks.ts';
import { keeperWorld, rule } from './keeper-world.ts';

const text = (rules: unknown): string => JSON.stringify({ rules });
const file = (rules: unknown, name = 'a.json') => ({ name, text: text(rules) });
const script = (name: string): URL => new URL(`./threads/${name}.mjs`, import.meta.url);

describe('rules that another thread checks', () => {
  it('are the same set as those that are checked here', async () => {
    const thread = createRuleThread({ clock: realClock });
    const lists = { lists: { people: ['ann', 'bob'] } };
    const listed = {
      name: 'listed',
      condition: { agent: { in_list: 'people' } },
      approval: 'deny',
    };
    const files = [
      { name: 'b.json', text: JSON.stringify({ ...lists, rules: [listed] }) },
      file(fullRules(300)),
    ];
    const before = loadRules([file(fullRules(299))]);
    const here = loadRules(files);
    if (!here.ok || !before.ok) throw new Error('the rules are wrong');
    const there = await thread.load(files, before.set, {});
    if (!there.ok) throw new Error('the rules are wrong there');
    const { set, tests, diff, against } = there.set;
    expect(set.version).toBe(here.set.version);
    expect(set.files).toEqual(here.set.files);
    expect(set.lists).toEqual(here.set.lists);
    const plain = (one: typeof set) =>
      one.rules.map(({ raw, source, file: at, hash }) => [at, raw, source, hash()]);
    expect(plain(set)).toEqual(plain(here.set));
    expect([tests, diff]).toEqual([here.tests, diffRules(before.set, here.set)]);
    expect(against).toBe(before.set.version);
    for (const { call, facts } of generatedCalls(300, 50)) {
      expect(set.decide(call, facts)).toEqual(here.set.decide(call, facts));
    }
    await thread.close();
  });

  it('arrive whole, however long their text is and wherever it is cut', async () => {
    const thread = createRuleThread({ clock: realClock });
    for (const pad of ['', ' ']) {
      const long = {
        name: 'mail',
        description: '😀'.repeat(100_000),
        condition: { tool: 'mail' },
        approval: 'deny',
      };
      const files = [file([]), { name: 'b.json', text: `${pad}${text([long])}` }];
      const there = await thread.load(files, undefined, {});
      if (!there.ok) throw new Error('the rules are wrong there');
      expect(there.set.set.rules[0]?.raw).toEqual(long);
    }
  });

  it('have the same problems, at the same places', async () => {
    const thread = createRuleThread({ clock: realClock });
    const files = [
      file([{ nam: 'x' }, rule('mail', 'allways')]),
      { name: 'c.json', text: '{"rules":' },
    ];
    const here = loadRules(files);
    const there = await thread.load(files, undefined, {});
    expect(there).toEqual(here);
    expect(there.ok).toBe(false);
  });

  it('make the new set ready for what was decided under the old one', async () => {
    const thread = createRuleThread({ clock: realClock });
    const before = loadRules([file(fullRules(300))]);
    if (!before.ok) throw new Error('the rules are wrong');
    const calls = generatedCalls(300, 20);
    for (const { call, facts } of calls) before.set.decide(call, facts);
    const there = await thread.load([file(fullRules(301))], before.set, {});
    if (!there.ok) throw new Error('the rules are wrong there');
    expect(there.set.set.asked()).toHaveLength(before.set.asked().length);
  });

  it.each([
    ['crash', /the thread that checks them failed/],
    ['quit', /ended before its answer/],
    ['fewer', /lost some/],
    ['no-such-file', /the thread that checks them failed/],
  ])('are not put in force when the thread does not do its work: %s', async (name, why) => {
    const thread = createRuleThread({ clock: realClock, script: script(name) });
    const failed = thread.load([file([])], undefined, {});
    await expect(failed).rejects.toMatchObject({
      code: 'RULES_INVALID',
      message: expect.stringMatching(why),
    });
  });

  it('are not waited for without end, nor over the close', async () => {
    const clock = createHandClock();
    const thread = createRuleThread({ clock, script: script('hang'), timeoutMs: 1000 });
    const late = thread.load([file([])], undefined, {});
    clock.advance(1000);
    await expect(late).rejects.toThrow(/could not be checked in 1000 ms/);
    const closed = thread.load([file([])], undefined, {});
    await Promise.all([expect(closed).rejects.toMatchObject({ code: 'CLOSED' }), thread.close()]);
  });
});

describe('the loader', () => {
  it('takes a thread for more than a thousand rules, and the keeper is none the wiser', async () => {
    const world = await keeperWorld();
    const many = (approval: string) =>
      Array.from({ length: 1001 }, (_, i) => rule(`t${i}`, i === 0 ? approval : 'deny'));
    await world.save('a.json', ...many('deny'));
    const keeper = await world.open();
    const before = keeper.current().version;
    await world.save('a.json', ...many('auto_approve'));
    await keeper.reload();
    expect((await keeper.history.list()).at(-1)).toMatchObject({
      from: before,
      changed: ['t0'],
      loosened: [expect.stringContaining('t0')],
    });
    await world.save('a.json', ...many('sometimes'));
    await keeper.reload();
    expect(keeper.problems()[0]).toMatch(/a\.json:1:\d+/);
  });

  it('keeps the last good set when the thread fails', async () => {
    const clock = createHandClock();
    const load = () => ({});
    const good = createRuleLoader({ load, clock });
    const bad = createRuleThread({ clock, script: script('crash') });
    let loads = 0;
    const loader = {
      load: async (...[files, against]: Parameters<typeof good.load>) => {
        loads += 1;
        return loads === 1 ? good.load(files, against) : bad.load(files, against, {});
      },
      close: good.close,
    };
    const world = await keeperWorld();
    await world.save('a.json', rule('mail', 'deny'));
    const keeper = await world.open({ loader });
    const before = keeper.current().version;
    await world.save('a.json', rule('mail', 'auto_approve'));
    await keeper.reload();
    expect(keeper.current().version).toBe(before);
    expect(keeper.problems()).toEqual([expect.stringMatching(/thread that checks them failed/)]);
    expect(world.events.map(({ name }) => name)).toContain('rules.rejected');
  });
});
