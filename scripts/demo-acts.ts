import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { systemIo } from '../src/cli/io.ts';
import { runReplay } from '../src/cli/replay.ts';
import { run } from '../src/cli/run.ts';
import { verifyLog } from '../src/core/audit/verify.ts';
import { askOwner } from '../src/files/control-client.ts';
import { readSegments } from '../src/stores/embedded/read-entries.ts';
import { nodeFileSystem } from '../src/stores/embedded/file-system.ts';
import { expectThat, type Screen } from './demo-screen.ts';
import { writeRules, type Shop } from './demo-shop.ts';

/** One act: shows something and checks that it happened. */
export type Act = (shop: Shop, screen: Screen) => Promise<void>;

export const allowedCall: Act = async (shop, screen) => {
  await screen.act('A small refund: the rules allow it, so it runs');
  const outcome = await shop.refund.attempt({ order: '1001', amount: 20 });
  expectThat(outcome.status === 'done', 'the small refund is done');
  expectThat((await shop.payments()).length === 1, 'one payment is in the file');
  screen.good(`done: ${outcome.value}`);
};

export const refusedCall: Act = async (shop, screen) => {
  await screen.act('A huge one: refused, and the tool is never entered');
  const outcome = await shop.refund.attempt({ order: '1001', amount: 5000 });
  expectThat(outcome.status === 'refused', 'the huge refund is refused');
  expectThat((await shop.payments()).length === 1, 'nothing more was paid');
  const { code, rule, reason } = outcome.why;
  screen.bad(`refused by rule ${rule}: ${reason} (${code})`);
};

const inboxSchema = z.array(
  z.object({ approvalId: z.string(), fingerprint: z.string(), tool: z.string(), args: z.json() }),
);

export const approvedCall: Act = async (shop, screen) => {
  await screen.act('A large one: a person decides, through the socket of the data folder');
  const running = shop.refund.attempt({ order: '1002', amount: 200 });
  const asked = await untilAsked(shop);
  screen.say(`waiting: ${asked.tool} ${JSON.stringify(asked.args)}`);
  expectThat((await shop.payments()).length === 1, 'nothing is paid while it waits');
  const { approvalId, fingerprint } = asked;
  await askOwner(shop.dir, { verb: 'answer', approvalId, verdict: 'allow', fingerprint });
  const outcome = await running;
  expectThat(outcome.status === 'done', 'the approved refund is done');
  expectThat((await shop.payments()).length === 2, 'it is paid, once');
  screen.good(`a yes, as \`ringfence approve\` sends it, and then done: ${outcome.value}`);
};

async function untilAsked({ dir }: Shop): Promise<z.infer<typeof inboxSchema>[number]> {
  for (let tries = 0; tries < 200; tries += 1) {
    const [first] = inboxSchema.parse(await askOwner(dir, { verb: 'inbox' }));
    if (first !== undefined) return first;
    await sleep(10);
  }
  expectThat(false, 'the call waits for a person');
}

export const editedRules: Act = async (shop, screen) => {
  await screen.act('The owner of the rules edits the file: the next call is decided under it');
  const activated = new Promise((resolve) => {
    shop.hypervisor.events.on('rules.activated', resolve);
  });
  const savedMs = performance.now();
  await writeRules(shop.rulesFile, { allowedUpTo: 10 });
  await Promise.race([activated, sleep(5000)]);
  const outcome = await shop.refund.attempt({ order: '1003', amount: 20 }, { waitMs: 0 });
  const delayMs = Math.round(performance.now() - savedMs);
  expectThat(outcome.status === 'pending', 'the refund that ran before now needs a person');
  expectThat((await shop.payments()).length === 2, 'nothing more was paid');
  screen.say(`rules/shop.json: refund_small \`"lte": 50\` is now \`"lte": 10\``);
  screen.good(`20 needs a person now: ${outcome.why.reason}`);
  screen.say(`${delayMs} ms from the save to the first decision under the new rules`);
};

export const injectedCall: Act = async (shop, screen) => {
  await screen.act('A mail tells the agent where to send money: stopped without asking a model');
  const agent = await shop.hypervisor.agents.register({ id: 'buyer' });
  const session = await shop.hypervisor.sessions.open();
  const seat = await session.join(agent);
  session.observe({
    role: 'user',
    text: 'Pay 90 to DE89 3704 0044 0532 0130 00, then read my mail',
  });
  const asked = await shop.payout.attempt(
    { account: 'DE89370400440532013000', amount: 90 },
    { seat },
  );
  expectThat(asked.status === 'done', 'the payment that the user asked for is done');
  screen.good(`done: ${asked.value} (the user named the account, with spaces)`);
  const mail = await shop.inbox.attempt({}, { seat });
  expectThat(mail.status === 'done', 'the mail is read');
  const paid = (await shop.payments()).length;
  const injected = await shop.payout.attempt(
    { account: 'DE02100500000054540402', amount: 90 },
    { seat },
  );
  expectThat(injected.status === 'refused', 'the account of the mail gets nothing');
  expectThat((await shop.payments()).length === paid, 'nothing more was paid');
  screen.bad(`refused by rule ${injected.why.rule}: ${injected.why.reason}`);
};

export const simulatedEdit: Act = async (shop, screen) => {
  await screen.act('Before an edit: what would looser rules have done to the calls of this demo?');
  const candidate = join(shop.dir, '..', 'candidate.json');
  await writeRules(candidate, { allowedUpTo: 400 });
  let text = '';
  const out = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  const argv = ['simulate', candidate, '--log', shop.dir];
  const isTty = { stdin: false, stdout: false, stderr: false };
  const code = await run(argv, {
    ...systemIo(),
    env: {},
    isTty,
    stdout: out,
    stderr: new Writable({ write: (_chunk, _encoding, done) => done() }),
  });
  expectThat(code === 1, 'a simulation that finds a loosening says so by its exit code');
  expectThat(/newly allowed/iu.test(text), 'it names what would be newly allowed');
  screen.say(text.trimEnd());
};

export const killSwitch: Act = async (shop, screen) => {
  await screen.act('The kill switch stops a tool that is running');
  const running = shop.newsletter.attempt({ subject: 'Everything must go' });
  for (let tries = 0; (await shop.mails()).length < 10 && tries < 500; tries += 1) await sleep(10);
  const reason = 'wrong subject';
  await askOwner(shop.dir, { verb: 'kill', scope: { tool: 'newsletter' }, reason });
  const outcome = await running;
  await sleep(60); // a mail that was being written when it was stopped
  const sent = (await shop.mails()).length;
  await sleep(100);
  expectThat(outcome.status === 'unknown', 'the newsletter was stopped while it ran');
  expectThat(sent >= 10 && (await shop.mails()).length === sent, 'no mail is sent after the stop');
  const again = await shop.newsletter.attempt({ subject: 'Once more' });
  expectThat(again.status === 'refused' && again.why.code === 'KILLED', 'it stays off');
  screen.good(`stopped after ${sent} of 10,000 mails: ${outcome.reason}`);
  screen.good(`and it stays off: ${again.why.reason}`);
};

const root = join(import.meta.dirname, '..');

export const replayedCalls: Act = async (_, screen) => {
  await screen.act('What would the starter rules have done? Recorded calls, replayed');
  let text = '';
  const argv = ['support.jsonl', '--rules', join(root, 'rules/starter'), '--tools', 'tools.json'];
  const code = await runReplay(argv, {
    cwd: join(root, 'examples/traces'),
    stdout: { write: (part) => (text += part) },
    stderr: { write: () => true },
  });
  expectThat(code === 0, 'every recorded call is read');
  expectThat(/^support\.jsonl +12 +6 +4 +2 /m.test(text), 'the verdicts are the known ones');
  screen.say(text.trimEnd());
};

export const verifiedLog: Act = async (shop, screen) => {
  await screen.act('Everything is in the action log, and the log verifies');
  await shop.hypervisor.close();
  const segments = (): Segments => readSegments(join(shop.dir, 'log'), nodeFileSystem);
  const { entries, found, open } = await verifyLog(segments());
  expectThat(entries > 10 && found === 0 && open.length === 0, 'the log verifies');
  screen.good(`${entries} entries, each chained to the one before; no finding`);
  const changed = await verifyLog(withOneByteChanged(segments()));
  const [finding] = changed.findings;
  expectThat(finding !== undefined, 'a changed byte is found');
  screen.bad(`the same log with one byte changed: ${finding.message}`);
};

type Segments = ReturnType<typeof readSegments>;

async function* withOneByteChanged(segments: Segments): Segments {
  for await (const { name, bytes } of segments) {
    const copy = Uint8Array.from(bytes);
    const middle = Math.floor(copy.length / 2);
    copy[middle] = (copy[middle] ?? 0) ^ 1;
    yield { name, bytes: copy };
  }
}
