import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createHypervisorFromConfig, supervise } from '../../src/index.ts';
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

it('judges by the model that a configuration names, with the key of the environment', async () => {
  const span = { llm: { may: ['allow'] } };
  const rule = { name: 'mail', condition: { tool: 'mail' }, approval: 'require_review', ...span };
  await put('rules.json', JSON.stringify({ rules: [rule] }));
  await put('calibration.json', JSON.stringify({ version: 1, curves: trustIn('strong') }));
  await put('policy.md', 'Mail is fine.');
  await put(
    'ringfence.yaml',
    `supervisor: hybrid
rules_file: rules.json
audit_log: data
llm_model: strong
llm: { base_url: "${server.baseUrl}", calibration_file: calibration.json, policy_file: policy.md }
`,
  );
  const hypervisor = await createHypervisorFromConfig(join(root, 'ringfence.yaml'), {
    logger: false,
  });
  try {
    const mail = supervise(
      {
        name: 'mail',
        description: 'Sends',
        schema: z.object({ to: z.string() }),
        manifest: { effect: 'write', undo: 'full', paths: [] },
        run: ({ to }) => `sent to ${to}`,
      },
      hypervisor,
    );
    expect(await mail.invoke({ to: 'ann@example.com' })).toBe('sent to ann@example.com');
    const [question] = server.questions();
    expect(question?.text).toContain('Mail is fine.');
    expect(question?.headers).toMatchObject({ authorization: 'Bearer key' });
  } finally {
    await hypervisor.close();
  }
});
