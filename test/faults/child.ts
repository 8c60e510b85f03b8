// A process that works until it kills itself with signal 9, at the nth time that it passes the named point.
// What it was told is done it writes to `acks`. Arguments: folder, most pays, point, n.
import { openWorld, readTickets, writeLine, type Point } from './world.ts';

const [root = '', maxPays = '', point = '', nth = ''] = process.argv.slice(2);

let left = Number(nth);
function passed(here: Point): void {
  if (here !== point) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

const { hypervisor, pay, read, mail, doomed, close } = await openWorld(
  root,
  Number(maxPays),
  passed,
);
const ack = (...words: readonly string[]): void => writeLine(root, 'acks', words.join(' '));

async function attempt(tool: typeof pay, args: unknown): Promise<void> {
  const outcome = await tool.attempt(args);
  if (outcome.status !== 'pending') ack('ended', outcome.callId, outcome.status);
}

async function askAndResume(args: unknown): Promise<void> {
  const outcome = await mail.attempt(args, { waitMs: 0 });
  if (outcome.status !== 'pending') return;
  const { approvalId, callId } = outcome.ticket;
  writeLine(root, 'tickets', `${approvalId} ${callId}`);
  const person = await hypervisor.authenticate('bob');
  const shown = (await hypervisor.approvals.list()).find((each) => each.approvalId === approvalId);
  if (shown === undefined) return;
  const { fingerprint } = shown.call;
  await hypervisor.approvals.answer(approvalId, { verdict: 'allow', person, fingerprint });
  ack('answered', approvalId);
  // twice at once, as a caller does who lost its connection
  await Promise.all([resume(outcome.ticket), resume(outcome.ticket)]);
}

async function resume(ticket: { approvalId: string; callId: string }): Promise<void> {
  const outcome = await mail.resume(ticket);
  if (outcome.status === 'done') ack('ended', outcome.callId, outcome.status);
}

for (const ticket of readTickets(root).slice(-3)) await resume(ticket);
for (let round = 0; round < 2; round += 1) {
  await Promise.all([
    attempt(pay, { round }),
    attempt(read, { round }),
    attempt(doomed, { round }),
    askAndResume({ round, pid: process.pid }),
    attempt(pay, { round, again: true }),
  ]);
  await hypervisor.killSwitch.kill({ tool: 'doomed' }, `round ${round}`);
  ack('killed', 'doomed');
}
await close();
