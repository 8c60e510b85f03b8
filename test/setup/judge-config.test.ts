import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { createHypervisorFromConfig, supervise, type Manifest } from '../../src/index.ts';
import { trustIn } from '../core/supervisors/judge-world.ts';
import { obedient } from '../support/model-script.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';

let root = '';
let server: ModelServer;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ringfence-judge-config-'));
  await chmod(root, 0o700);
  server = await startModelServer(obedient());
  server.models(['strong']);
  vi.stubEnv('OPENAI_API_KEY', 'key');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(root, { recursive: true, force: true });
});
const put = (name: string, text: string) => writeFile(join(root, name), text, { mode: 0o600 });

/** A hypervisor of a configuration file, with more lines in it, and one tool that a rule leaves to the model. */
async function start(name: string, manifest: Manifest, more = '', llm = 'api: chat') {
  const span = { llm: { may: ['allow'] } };
  const rule = { name: 'open', condition: { tool: name }, approval: 'require_review', ...span };
  await put('rules.json', JSON.stringify({ rules: [rule] }));
  await put('calibration.json', JSON.stringify({ version: 1, curves: trustIn('strong') }));
  await put('policy.md', 'Mail is fine.');
  await put(
    'ringfence.yaml',
    `supervisor: hybrid
rules_file: rules.json
audit_log: data
llm_model: strong
llm: { base_url: "${server.baseUrl}", calibration_file: calibration.json, policy_file: policy.md, ${llm} }
${more}`,
  );
  const hypervisor = await createHypervisorFromConfig(join(root, 'ringfence.yaml'), {
    logger: false,
  });
  onTestFinished(() => hypervisor.close());
  const schema = z.object({ to: z.string() });
  const run = ({ to }: { to: string }) => `sent to ${to}`;
  const tool = supervise({ name, description: 'Sends', schema, manifest, run }, hypervisor);
  const tiers: unknown[] = [];
  hypervisor.events.on('judge.answered', ({ tier }) => tiers.push(tier));
  return { hypervisor, tool, tiers };
}
const mailManifest: Manifest = { effect: 'write', undo: 'full', paths: [] };
const readManifest: Manifest = { effect: 'read', undo: 'full', output: 'trusted', paths: [] };
const to = 'ann@example.com';

it('judges by the model that a configuration names, with the key of the environment', async () => {
  const { tool } = await start('mail', mailManifest);
  expect(await tool.invoke({ to })).toBe('sent to ann@example.com');
  const [question] = server.questions();
  expect(question?.text).toContain('Mail is fine.');
  expect(question?.headers).toMatchObject({ authorization: 'Bearer key' });
});

it('says at the start that a model takes no temperature, and asks without one where the file says so', async () => {
  server.takesNo(['temperature']);
  const warm = await start('mail', mailManifest, '', 'canary_every: 0');
  await expect
    .poll(async () => (await warm.hypervisor.health()).problems)
    .toEqual([expect.stringContaining('takes no `temperature`, so set `temperature: false`')]);
  await warm.hypervisor.close();
  server.takesNo(['temperature', 'logprobs']);
  const cold = await start(
    'mail',
    mailManifest,
    '',
    'temperature: false, logprobs: false, canary_every: 0',
  );
  await cold.tool.attempt({ to }, { waitMs: 0 });
  expect((await cold.hypervisor.health()).problems).toEqual([]);
  const answered = server.questions().at(-1)?.body ?? {};
  expect(Object.keys(answered)).not.toEqual(expect.arrayContaining(['temperature']));
  expect(cold.tiers).toEqual(['medium']);
});

it('does not ask in its check for a temperature that no question brings', async () => {
  server.takesNo(['temperature']);
  const { hypervisor, tool, tiers } = await start(
    'mail',
    mailManifest,
    '',
    'samples: 3, canary_every: 0',
  );
  await tool.attempt({ to }, { waitMs: 0 });
  expect(tiers).toEqual(['medium']);
  expect((await hypervisor.health()).problems).toEqual([]);
});

it.each(['temperature: 0', 'logprobs: 5', 'temperature: "false"'])(
  'refuses %s, which is no choice of a file',
  async (setting) => {
    await expect(start('mail', mailManifest, '', setting)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('expected `false` for models that do not take it'),
    });
  },
);

it.each([
  ['nothing', '', 'low'],
  ['low', 'risk_categories: { low: [lookup] }', 'low'],
  ['medium, however it is spelled', 'risk_categories: { medium: [Lookup.run] }', 'medium'],
  ['high', 'risk_categories: { high: [lookup], medium: [lookup] }', 'high'],
  ['critical', 'risk_categories: { critical: [lookup] }', 'high'],
])('weighs a call of risk category %s', async (_what, more, tier) => {
  const { tool, tiers } = await start('lookup', readManifest, more);
  await tool.attempt({ to }, { waitMs: 0 });
  expect(tiers).toEqual([tier]);
});

it('makes no call less risky than its manifest says', async () => {
  const manifest: Manifest = { ...mailManifest, external: true };
  const { tool, tiers } = await start('mail', manifest, 'risk_categories: { medium: [mail] }');
  await tool.attempt({ to }, { waitMs: 0 });
  expect(tiers).toEqual(['high']);
});
