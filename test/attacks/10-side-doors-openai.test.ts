import { describe, expect, it } from 'vitest';
import { zodFunction } from 'openai/helpers/zod';
import { z } from 'zod';
import { allowLook, mail, openWorld } from '../adapters/openai/world.ts';

const call = (id: string, name: string) => ({
  id,
  type: 'function',
  function: { name, arguments: '{}' },
});

/** Every function that can be reached from a value, through any property, hidden ones and prototypes too. */
function functionsOf(value: unknown, seen = new Set<unknown>()): readonly unknown[] {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return [];
  if (seen.has(value) || value === Object.prototype || value === Function.prototype) return [];
  seen.add(value);
  const inner = Reflect.ownKeys(value).flatMap((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    return [descriptor?.value, descriptor?.get].flatMap((one) => functionsOf(one, seen));
  });
  const own = typeof value === 'function' ? [value] : [];
  return [...own, ...inner, ...functionsOf(Object.getPrototypeOf(value), seen)];
}

describe('class 10, side doors: through OpenAI', () => {
  it('no property of a supervised tool is the raw function', async () => {
    await using world = await openWorld([mail('deny')]);
    const raw = world.doer('mail');
    const list: readonly object[] = [
      zodFunction({ name: 'mail', parameters: z.object({}), function: raw }),
      {
        type: 'function',
        function: {
          name: 'mail',
          description: '',
          parameters: {
            type: 'object',
            properties: {},
            required: [],
            additionalProperties: false,
            $schema: 'http://json-schema.org/draft-07/schema#',
          },
          function: raw,
        },
      },
    ];
    for (const one of list) {
      await using fresh = await openWorld([mail('deny')]);
      const [tool] = fresh.guard.tools([one]);
      const found = functionsOf(tool);
      expect(found).not.toContain(raw);
      for (const way of [
        Reflect.get(tool ?? {}, '$callback'),
        Reflect.get(Reflect.get(tool ?? {}, 'function') ?? {}, 'function'),
      ]) {
        if (typeof way !== 'function') continue;
        for (const text of [
          await way('{}'),
          await Reflect.apply(way, undefined, ['{}']),
          await way.bind(null)('{}'),
        ]) {
          expect(String(text)).toMatch(/was not executed/);
        }
      }
    }
    expect(world.ran).toEqual([]);
  });

  it('a guard has no property that leads to a tool it was given', async () => {
    await using world = await openWorld([mail('deny')]);
    const raw = world.doer('mail');
    await world.guard.run([call('c1', 'mail')], { mail: raw });
    expect(functionsOf(world.guard)).not.toContain(raw);
    expect(world.ran).toEqual([]);
  });

  it('a call that is renamed on the way is judged under the name that runs', async () => {
    await using world = await openWorld([allowLook, mail('deny')]);
    const tools = { look: world.doer('look'), mail: world.doer('mail') };
    const names = ['look', 'mail'];
    const shifty = {
      id: 'c1',
      type: 'function',
      function: {
        // another name each time it is read
        get name() {
          return names.shift() ?? 'mail';
        },
        arguments: '{}',
      },
    };
    await world.guard.run([shifty], tools);
    expect(world.ran.filter(({ tool }) => tool === 'mail')).toEqual([]);
  });

  it('names that only look alike, and names of objects’ own machinery, find no tool', async () => {
    await using world = await openWorld([allowLook]);
    const names = [
      '__proto__',
      'constructor',
      'toString',
      'loo\u212a',
      'look\n',
      'look ',
      'l\u043eok',
      '',
    ];
    const calls = names.map((name, at) => call(`c${at}`, name));
    const answers = await world.guard.run(calls, { look: world.doer('look') });
    expect(answers).toHaveLength(names.length);
    for (const { supervision } of answers) expect(supervision.status).toBe('refused');
    expect(world.ran).toEqual([]);
  });

  it('tools that run on the provider’s side, and calls beside the known ones, are not handed out', async () => {
    await using world = await openWorld([allowLook]);
    const ask = { model: 'm', input: 'go' };
    for (const type of ['computer_call', 'local_shell_call', 'shell_call', 'apply_patch_call']) {
      const raw = JSON.stringify({ id: 'r', object: 'response', output: [{ type, call_id: 'c' }] });
      world.server.script({ raw, type: 'application/json' });
      const asking = world.guarded.responses.create(ask);
      await expect(asking).rejects.toMatchObject({ code: 'UNSUPPORTED_ITEM' });
    }
    const message = {
      role: 'assistant',
      content: '',
      function_call: { name: 'look', arguments: '{}' },
    };
    const raw = JSON.stringify({ choices: [{ index: 0, message }] });
    world.server.script({ raw, type: 'application/json' });
    const asking = world.guarded.chat.completions.create({ model: 'm', messages: [] });
    await expect(asking).rejects.toMatchObject({ code: 'UNSUPPORTED_DELTA' });
  });
});
