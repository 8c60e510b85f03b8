import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { simulationSchema } from '../../src/cli/simulation-json.ts';
import { createHypervisor, supervise } from '../../src/index.ts';
import { said, scripted, trustIn, write } from '../core/supervisors/judge-world.ts';
import { cli, folderWith } from './cli.ts';

const rule = (tool: string, approval: string, llm: object = {}) => ({
  name: tool,
  condition: { tool },
  approval,
  ...llm,
});
const open = { llm: { may: ['allow', 'review', 'deny'] } };

const manifest = { effect: 'write', undo: 'full', paths: [] } as const;
/** By the names of the tools. */
const judgeSays = { shut: 'review', asked: 'allow', grave: 'allow', refused: 'deny' } as const;
type Name = keyof typeof judgeSays;

async function record(rules: readonly object[], calls: readonly Name[]) {
  const cwd = await folderWith({
    'rules/a.json': { rules },
    'calibration.json': { version: 1, curves: trustIn('strong') },
  });
  const left = [...calls];
  const model = scripted('strong', async (request) => {
    const says = judgeSays[left.shift() ?? 'asked'];
    return said(
      write(
        request,
        says === 'deny' ? { policyAlignment: 'violates', outcome: 'deny' } : { outcome: says },
      ),
    );
  });
  const hypervisor = await createHypervisor({
    dir: join(cwd, 'data'),
    rules: join(cwd, 'rules'),
    logger: false,
    judge: {
      model,
      policy: 'Be careful.',
      calibrationFile: join(cwd, 'calibration.json'),
      canaries: { every: 0 },
    },
  });
  const tools = new Map(
    [...new Set(calls)].map((name) => {
      const undo = name === 'grave' ? 'none' : 'full';
      const spec = { name, description: name, schema: z.object({}), run: () => name };
      return [name, supervise({ ...spec, manifest: { ...manifest, undo } }, hypervisor)];
    }),
  );
  const statuses: (string | undefined)[] = [];
  for (const name of calls) {
    statuses.push((await tools.get(name)?.attempt({}, { waitMs: 0 }))?.status);
  }
  await hypervisor.close();
  return { cwd, statuses };
}

async function simulate(cwd: string, rules: readonly object[]) {
  await mkdir(join(cwd, 'new'), { recursive: true });
  await writeFile(join(cwd, 'new', 'a.json'), JSON.stringify({ rules }), { mode: 0o600 });
  const ran = await cli(['simulate', 'new', '--log', 'data', '--json'], { cwd });
  return simulationSchema.parse(JSON.parse(ran.out));
}

it('compares what the rules said before a judge spoke', async () => {
  const rules = [
    rule('shut', 'deny', open),
    rule('asked', 'require_review', open),
    rule('grave', 'deny', open),
    rule('refused', 'auto_approve', open),
  ];
  const { cwd, statuses } = await record(rules, ['shut', 'asked', 'grave', 'refused']);
  expect(statuses).toEqual(['pending', 'done', 'pending', 'refused']);
  const loose = rules.map(({ name }) => rule(name, 'auto_approve'));
  // rules that denied would approve: nobody may be told that nothing changes
  const json = await simulate(cwd, loose);
  expect(json).toMatchObject({
    ok: false,
    compared: 4,
    changes: { deny_to_allow: 2, review_to_allow: 1 },
    totals: { allow: { allow: 1 } },
    notCompared: { deniedElsewhere: 0 },
    notes: { judged: 4 },
  });
  expect(json.byRule.map(({ from }) => from ?? '').toSorted()).toEqual(['asked', 'grave', 'shut']);
  const shown = await cli(['simulate', 'new', '--log', 'data'], { cwd });
  expect(shown.out).toContain('4  decided by a judge otherwise than by the rules alone');
  const same = await simulate(cwd, rules);
  expect(same).toMatchObject({ ok: true, compared: 4, loosened: 0, byRule: [] });
});

it('lets calls that a judge let pass fill limits as they did, where there is still room for one', async () => {
  const condition = { tool: 'asked', max_per_hour: 1 };
  const rules = [{ ...rule('asked', 'require_review', open), condition }];
  const { cwd, statuses } = await record(rules, ['asked', 'asked']);
  expect(statuses).toEqual(['done', 'refused']);
  const before = { review: { review: 1 }, deny: { deny: 1 } };
  expect(await simulate(cwd, rules)).toMatchObject({ compared: 2, byRule: [], totals: before });
  // without the room no call passes by a judge, so that none fills the limit
  const closed = await simulate(cwd, [{ ...rule('asked', 'require_review'), condition }]);
  expect(closed).toMatchObject({ loosened: 0, changes: { room_freed: 1 } });
});
