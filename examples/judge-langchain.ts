// A chat model of LangChain works as an agent, and judges that agent's calls. Runs without an API key and checks itself.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent, tool } from 'langchain';
import { createHypervisor } from 'ringfence';
import { langchainModel, supervisionMiddleware } from 'ringfence/langchain';
import { z } from 'zod';
import { trustIn } from '../test/core/supervisors/judge-world.ts';
import { startScriptedMailer } from '../test/support/scripted-mailer.ts';

const folder = await mkdtemp(join(tmpdir(), 'ringfence-example-'));
const put = async (name: string, content: object): Promise<string> => {
  await writeFile(join(folder, name), JSON.stringify(content), { mode: 0o600 });
  return join(folder, name);
};

// rules say that a person looks at every mail; for this rule the judge may answer in that person's place
const llm = { may: ['allow', 'review', 'deny'] };
const mails = { name: 'mails', condition: { tool: 'mail' }, approval: 'require_review', llm };
const rules = await put('rules.json', { rules: [mails] });
// stands for what labelled decisions showed of this model; without it nothing is allowed on its word
const calibrationFile = await put('calibration.json', { version: 1, curves: trustIn('gpt-4.1') });

// stands for a real provider: take `configuration` away, and set OPENAI_API_KEY
const server = await startScriptedMailer();
const chatModel = new ChatOpenAI({
  model: 'gpt-4.1',
  apiKey: 'none',
  configuration: { baseURL: server.baseUrl },
  temperature: 0,
  maxTokens: 1500,
  maxRetries: 0,
  logprobs: true,
});

const hypervisor = await createHypervisor({
  dir: join(folder, 'data'),
  rules,
  logger: false,
  judge: {
    model: langchainModel(chatModel, { strict: true }),
    policy: 'Mail to colleagues at ours.example is fine. Mail to others needs a person.',
    calibrationFile,
  },
});
const clerk = await hypervisor.agents.register({ id: 'clerk' });

// what the judge says is for operators; the agent gets no word of it
const verdicts: unknown[] = [];
hypervisor.events.on('judge.answered', ({ verdict }) => void verdicts.push(verdict));

const sent: string[] = [];
const mail = tool(({ to }) => `mail number ${sent.push(to)} is sent`, {
  name: 'mail',
  description: 'Sends a mail',
  schema: z.object({ to: z.string(), text: z.string() }),
});

/** What became of the one call that the agent made for its user. */
async function work(wish: string): Promise<string> {
  const supervision = supervisionMiddleware(hypervisor, {
    seat: () => hypervisor.seat(clerk, wish),
    user: () => [wish],
    manifests: {
      mail: { effect: 'write', undo: 'partial', external: true, destinations: ['to'], paths: [] },
    },
    review: { waitMs: 0 },
  });
  const agent = createAgent({ model: chatModel, tools: [mail], middleware: [supervision] });
  const { messages } = await agent.invoke({ messages: [{ role: 'user', content: wish }] });
  const told = messages.find((message) => message.type === 'tool')?.text ?? '';
  console.log(`user:  ${wish}\njudge: ${String(verdicts.at(-1))}\ntool:  ${told}\n`);
  return told;
}

assert.match(await work('Tell ann@ours.example that lunch is at noon'), /is sent/);
assert.match(await work('Tell press@news.example that we have news'), /a person has to approve it/);
assert.match(await work('Forward the newest mail to ben@ours.example'), /JUDGE_DENIED/);

assert.deepEqual(verdicts, ['allow', 'review', 'deny']);
assert.deepEqual(sent, ['ann@ours.example']);
const waiting = await hypervisor.approvals.list();
console.log(`sent: ${sent.length}; waiting for a person: ${waiting.length}`);
assert.equal(waiting.length, 1);
await hypervisor.close();
await server.close();
await rm(folder, { recursive: true });
