import { join } from 'node:path';
import { afterEach } from 'vitest';
import { z } from 'zod';
import { createHypervisor, supervise, type Hypervisor } from '../../src/index.ts';
import { folderWith } from './cli.ts';

const open: Hypervisor[] = [];
afterEach(async () => {
  for (const hypervisor of open.splice(0)) await hypervisor.close();
});

/** Mail needs a person, notes do not, the rest is denied. */
export const mailRules = {
  rules: [
    { name: 'mail', condition: { tool: 'mail' }, approval: 'require_review' },
    { name: 'note', condition: { tool: 'note' }, approval: 'auto_approve' },
  ],
};

/** A folder with rules and a configuration, and in it a data folder once a hypervisor has run. */
export async function project(more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return folderWith({
    'rules/a.json': mailRules,
    'ringfence.yaml': 'rules_file: ./rules\naudit_log: ./data\n',
    ...more,
  });
}

/** A real hypervisor on the project's data folder, with its control socket and two tools. */
export async function start(cwd: string, options: { activate?: 'tightening' } = {}) {
  const hypervisor = await createHypervisor({
    dir: join(cwd, 'data'),
    rules: join(cwd, 'rules'),
    logger: false,
    ...options,
  });
  open.push(hypervisor);
  const sent: unknown[] = [];
  const spec = {
    description: 'test',
    schema: z.object({ text: z.string() }),
    manifest: { effect: 'write', undo: 'full' },
    run: ({ text }: { text: string }) => void sent.push(text),
  } as const;
  const mail = supervise({ ...spec, name: 'mail' }, hypervisor);
  const note = supervise({ ...spec, name: 'note' }, hypervisor);
  return { hypervisor, mail, note, sent };
}

/** The ticket of a mail that waits for a person. */
export async function pendingMail({ mail }: Awaited<ReturnType<typeof start>>, text: string) {
  const outcome = await mail.attempt({ text }, { waitMs: 0 });
  if (outcome.status !== 'pending') throw new Error(`the mail is ${outcome.status}, not pending`);
  return outcome.ticket;
}
