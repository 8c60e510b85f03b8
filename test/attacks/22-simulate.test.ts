import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createHypervisor, supervise, type Hypervisor } from '../../src/index.ts';
import { simulationSchema } from '../../src/cli/simulation-json.ts';
import { cli, folderWith } from '../cli/cli.ts';

const open: Hypervisor[] = [];
afterEach(closeAll);

async function closeAll(): Promise<void> {
  for (const hypervisor of open.splice(0)) await hypervisor.close();
}

const approve = { name: 'a', approval: 'auto_approve', condition: { tool: 'a' } };
const denyIntern = { name: 'no', approval: 'deny', condition: { tool: 'a', permission: 'intern' } };
const half = { percent: 50, by: 'agent' };
const denySome = { name: 'no', approval: 'deny', condition: { tool: 'a' }, rollout: half };

/** A folder whose rules and candidate are these, with a hypervisor that runs on the rules. */
async function project(rules: readonly object[], candidate: readonly object[]) {
  const cwd = await folderWith({ 'rules/a.json': { rules }, 'new/a.json': { rules: candidate } });
  const dirs = { dir: join(cwd, 'data'), rules: join(cwd, 'rules') };
  const hypervisor = await createHypervisor({ ...dirs, logger: false });
  open.push(hypervisor);
  const manifest = { effect: 'write', undo: 'full', paths: [] } as const;
  const spec = { name: 'a', description: 'a', schema: z.strictObject({}), manifest };
  const { attempt } = supervise({ ...spec, run: () => 1 }, hypervisor);
  const simulate = async (...args: readonly string[]) => {
    await closeAll();
    const { code, out } = await cli(['simulate', ...args, '--log', 'data', '--json'], { cwd });
    return { code, json: simulationSchema.parse(JSON.parse(out)) };
  };
  return { hypervisor, attempt, simulate };
}

describe('class 22, the agent edits its judge: a loosening in a simulation', () => {
  it('is seen where a rule asks for permissions, compared with the record or with a set', async () => {
    const { hypervisor, attempt, simulate } = await project([approve, denyIntern], [approve]);
    const agent = await hypervisor.agents.register({ id: 'bot', permissions: ['intern'] });
    expect(await attempt({}, { seat: hypervisor.seat(agent) })).toMatchObject({
      status: 'refused',
    });
    expect(await simulate('rules')).toMatchObject({ code: 0, json: { loosened: 0, compared: 1 } });
    for (const against of [[], ['--against', 'rules']]) {
      const { code, json } = await simulate('new', ...against);
      expect([code, json.loosened]).toEqual([1, 1]);
    }
  });

  it('is seen on the side on which sub-agents were, with whom they work for', async () => {
    const { hypervisor, attempt, simulate } = await project([approve, denySome], [approve]);
    let denied = 0;
    for (let n = 0; n < 8; n += 1) {
      const parent = await hypervisor.agents.register({ id: `chief${n}` });
      const child = await hypervisor.agents.register({ id: `sub${n}`, parent });
      const grandchild = await hypervisor.agents.register({ id: `low${n}`, parent: child });
      const { status } = await attempt({}, { seat: hypervisor.seat(grandchild) });
      if (status === 'refused') denied += 1;
    }
    const { json } = await simulate('rules');
    expect(json).toMatchObject({ compared: 8, loosened: 0, changes: { allow_to_deny: 0 } });
    for (const against of [[], ['--against', 'rules']]) {
      expect((await simulate('new', ...against)).json.loosened).toBe(denied);
    }
    expect(denied).toBeGreaterThan(0);
  });

  it('is not passed over where a rule asks for labels that no record tells', async () => {
    const noTaint = { ...denyIntern, condition: { tool: 'a', session: { tainted: ['secret'] } } };
    const { attempt, simulate } = await project([approve, noTaint], [approve]);
    await attempt({});
    const { code, json } = await simulate('new', '--against', 'rules');
    expect([code, json.compared, json.notCompared.untold]).toEqual([1, 0, 1]);
  });
});
