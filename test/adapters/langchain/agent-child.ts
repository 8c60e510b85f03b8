// One process of an agent on a data folder and a checkpoint file. Arguments: folder, and what to do in turn: `ask` starts
// the turn, `resume` resumes it, `answer` answers what is open; with `die` the process is killed while a tool runs.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { HumanMessage } from '@langchain/core/messages';
import { Command } from '@langchain/langgraph';
import { createAgent, FakeToolCallingModel, tool } from 'langchain';
import { createHypervisor } from 'ringfence';
import { supervisionMiddleware } from 'ringfence/langchain';
import { z } from 'zod';
import { FileSaver } from './file-saver.ts';

const [folder = '', ...todo] = process.argv.slice(2);
const at = (name: string): string => join(folder, name);

const hypervisor = await createHypervisor({
  dir: at('data'),
  rules: at('rules.json'),
  authenticate: async (who) => String(who),
});
const clerk = await hypervisor.agents.register({ id: 'clerk' });
const seat = () => hypervisor.seat(clerk, 'session-1');

const record = (name: string) =>
  tool(
    async ({ to }) => {
      appendFileSync(at('ran.txt'), `${name} ${to}\n`);
      if (todo.includes('die')) process.kill(process.pid, 'SIGKILL');
      return `${name} done`;
    },
    { name, description: name, schema: z.object({ to: z.string() }) },
  );

const call = (name: string, id: string) => ({ name, id, args: { to: 'a' } });
const model = new FakeToolCallingModel({
  toolCalls: [[call('look', 'c0'), call('mail', 'c1')], []],
});
const agent = createAgent({
  model,
  tools: [record('look'), record('mail')],
  checkpointer: new FileSaver(at('checkpoints.json')),
  middleware: [
    supervisionMiddleware(hypervisor, {
      seat,
      manifests: {
        look: { effect: 'read', undo: 'none', paths: [] },
        mail: { effect: 'write', undo: 'full', paths: [] },
      },
      review: 'interrupt',
    }),
  ],
});

const answerAll = async (): Promise<void> => {
  const person = await hypervisor.authenticate('ann');
  for (const { approvalId, call } of await hypervisor.approvals.list()) {
    const { fingerprint } = call;
    await hypervisor.approvals.answer(approvalId, { verdict: 'allow', person, fingerprint });
  }
};
const config = { configurable: { thread_id: 'thread-1' } };
for (const step of todo) {
  if (step === 'answer') await answerAll();
  if (step !== 'ask' && step !== 'resume') continue;
  const question = { messages: [new HumanMessage('go')] };
  const input = step === 'ask' ? question : new Command({ resume: true });
  const state = await agent.invoke(input, config);
  const told = state.messages.filter(({ type }) => type === 'tool').map(({ text }) => text);
  console.log(JSON.stringify({ told, waits: '__interrupt__' in state }));
}
await hypervisor.close();
