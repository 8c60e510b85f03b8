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

it('takes no answer of a judge for one of the rules', async () => {
  const cwd = await folderWith({
    'rules/a.json': {
      rules: [rule('shut', 'deny', open), rule('asked', 'require_review', open)],
    },
    'new/a.json': { rules: [rule('shut', 'auto_approve'), rule('asked', 'auto_approve')] },
    'calibration.json': { version: 1, curves: trustIn('strong') },
  });
  const model = scripted('strong', async (request) =>
    said(
      write(request, { outcome: JSON.stringify(request).includes('shut') ? 'review' : 'allow' }),
    ),
  );
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
  const statuses: string[] = [];
  for (const name of ['shut', 'asked']) {
    const manifest = { effect: 'write', undo: 'full', paths: [] } as const;
    const spec = { name, description: name, schema: z.object({}), manifest, run: () => name };
    statuses.push((await supervise(spec, hypervisor).attempt({}, { waitMs: 0 })).status);
  }
  await hypervisor.close();
  expect(statuses).toEqual(['pending', 'done']);
  const ran = await cli(['simulate', 'new', '--log', 'data', '--json'], { cwd });
  const json = simulationSchema.parse(JSON.parse(ran.out));
  // a rule that denied would approve: nobody may be told that nothing changes
  expect(json).toMatchObject({ ok: false, compared: 0, notCompared: { deniedElsewhere: 2 } });
  const shown = await cli(['simulate', 'new', '--log', 'data'], { cwd });
  expect(shown.out).toContain('2  decided by something else than rules');
});
