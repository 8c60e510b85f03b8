import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keeperWorld, rule } from './keeper-world.ts';

/** Two files: one allows, one denies. */
async function twoFiles() {
  const world = await keeperWorld();
  await world.save('a.json', rule('mail', 'auto_approve'));
  await world.save('b.json', rule('pay', 'deny'));
  const keeper = await world.open();
  const names = () => keeper.current().rules.map(({ name }) => name);
  return { world, keeper, names };
}

describe('a file of several that vanishes', () => {
  it('takes nothing away that restricts, until somebody says so', async () => {
    const { world, keeper, names } = await twoFiles();
    await rm(join(world.path, 'b.json'));
    await keeper.reload();
    expect(names()).toEqual(['mail', 'pay']);
    const { version = '' } = keeper.waiting() ?? {};
    expect(keeper.problems()).toEqual([
      expect.stringMatching(/`b\.json` is gone.*put it back.*ringfence rules accept/),
    ]);
    expect(world.events).toContainEqual(
      expect.objectContaining({ name: 'rules.loosened', waiting: true }),
    );
    await keeper.accept(version, { by: 'ann' });
    expect(names()).toEqual(['mail']);
    expect(keeper.problems()).toEqual([]);
  });

  it('goes on waiting over another edit and a restart, and is over when the file is back', async () => {
    const { world, keeper, names } = await twoFiles();
    await rm(join(world.path, 'b.json'));
    await keeper.reload();
    await world.save('a.json', rule('mail', 'auto_approve'), rule('read', 'auto_approve'));
    await keeper.reload();
    expect(names()).toEqual(['mail', 'pay']);
    await keeper.close();
    const next = await world.open();
    await next.reload();
    expect(next.current().rules.map(({ name }) => name)).toEqual(['mail', 'pay']);
    await world.save('b.json', rule('pay', 'deny'));
    await next.reload();
    expect(next.current().rules.map(({ name }) => name)).toEqual(['mail', 'read', 'pay']);
    expect(next.problems()).toEqual([]);
  });

  it('is an edit where nothing is lost by it', async () => {
    const { world, keeper, names } = await twoFiles();
    await rename(join(world.path, 'b.json'), join(world.path, 'c.json'));
    await keeper.reload();
    expect(keeper.current().files.map(({ name }) => name)).toEqual(['a.json', 'c.json']);
    await rm(join(world.path, 'a.json'));
    await keeper.reload();
    expect(names()).toEqual(['pay']);
    await world.save('a.json', rule('mail', 'auto_approve'));
    await world.save('c.json');
    await keeper.reload();
    await rm(join(world.path, 'c.json'));
    await keeper.reload();
    expect(keeper.current().files.map(({ name }) => name)).toEqual(['a.json']);
    expect(keeper.problems()).toEqual([]);
  });
});
