import { mkdtemp, readFile, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createHypervisor,
  createHypervisorFromConfig,
  supervise,
  type Hypervisor,
  type HypervisorOptions,
} from '../../src/index.ts';
import { askOwner } from '../../src/files/control-client.ts';

let root = '';
let open: Hypervisor[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ringfence-setup-'));
  await chmod(root, 0o700);
});
afterEach(async () => {
  await Promise.all(open.map((each) => each.close()));
  open = [];
  await rm(root, { recursive: true, force: true });
});

const rulesFile = () => join(root, 'rules.json');
const dir = () => join(root, 'data');

async function writeRules(approval: string, condition: object = {}): Promise<void> {
  const rule = { name: 'mail', condition: { tool: 'mail', ...condition }, approval };
  await writeFile(rulesFile(), JSON.stringify({ rules: [rule] }), { mode: 0o600 });
}

async function start(more: Partial<HypervisorOptions> = {}): Promise<Hypervisor> {
  const hypervisor = await createHypervisor({
    dir: dir(),
    rules: rulesFile(),
    logger: false,
    ...more,
  });
  open.push(hypervisor);
  return hypervisor;
}

function mailTool(hypervisor: Hypervisor) {
  const sent: unknown[] = [];
  const tool = supervise(
    {
      name: 'mail',
      description: 'Sends',
      schema: z.object({ to: z.string() }),
      manifest: { effect: 'write', undo: 'full' },
      run: (args) => sent.push(args),
    },
    hypervisor,
  );
  return { tool, sent };
}

describe('createHypervisor', () => {
  it('runs a call from end to end on real files and survives a restart with its limits', async () => {
    await writeRules('auto_approve', { max_per_hour: 2 });
    const first = mailTool(await start());
    await first.tool.invoke({ to: 'a' });
    await open[0]?.close();
    const second = mailTool(await start());
    await second.tool.invoke({ to: 'b' });
    expect(await second.tool.attempt({ to: 'c' })).toMatchObject({
      why: { code: 'LIMIT_EXCEEDED' },
    });
    expect([first.sent.length, second.sent.length]).toEqual([1, 1]);
  });

  it('says of a ticket that is none that there is no such approval, and runs nothing', async () => {
    await writeRules('require_review');
    const { tool, sent } = mailTool(await start());
    for (const text of ['{}', 'null', '7', '{"approvalId":["a"],"callId":"b"}', '{"callId":"c"}']) {
      expect(await tool.resume(JSON.parse(text))).toMatchObject({
        status: 'refused',
        why: { code: 'APPROVAL_UNKNOWN' },
      });
    }
    expect(sent).toEqual([]);
  });

  it('says by its health that a rule leaves its approval to a model that is not there', async () => {
    const rule = (approval: string, more: object) => ({
      name: `by_${approval}`,
      condition: { tool: 'mail' },
      approval,
      ...more,
    });
    const span = { llm: { may: ['allow', 'deny'] } };
    const write = (...rules: object[]) =>
      writeFile(rulesFile(), JSON.stringify({ rules }), { mode: 0o600 });
    // where nobody judges, a person does, or nobody is to
    await write(rule('require_review', span), rule('auto_approve', {}));
    const fine = await start();
    expect(await fine.health()).toEqual({ ok: true, problems: [] });
    await fine.close();
    await write(rule('auto_approve', span));
    expect((await (await start()).health()).problems).toEqual([
      expect.stringMatching(/rule `by_auto_approve` leaves its approval.*`supervisor: hybrid`/u),
    ]);
  });

  it('says that it is closed, and not that the disk is broken', async () => {
    await writeRules('auto_approve');
    const hypervisor = await start();
    await hypervisor.close();
    const asked = [
      () => hypervisor.killSwitch.kill('all', 'late'),
      () => hypervisor.agents.register({ id: 'late' }),
      () => hypervisor.sessions.open(),
    ];
    for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('keeps its configuration out of reach when the host protects something more', async () => {
    await writeRules('auto_approve');
    const file = join(root, 'ringfence.json');
    await writeFile(file, JSON.stringify({ rules_file: 'rules.json' }));
    const more = join(root, 'more');
    const hypervisor = await createHypervisorFromConfig(file, { logger: false, protect: [more] });
    open.push(hypervisor);
    const { tool, sent } = mailTool(hypervisor);
    for (const to of [file, more])
      expect(await tool.attempt({ to })).toMatchObject({ why: { code: 'OUT_OF_BOUNDS' } });
    expect(sent).toEqual([]);
  });

  it('refuses a second owner, and rules that are not valid', async () => {
    await writeRules('auto_approve');
    await start();
    await expect(start()).rejects.toMatchObject({ code: 'DIR_OWNED' });
    await open.pop()?.close();
    await rm(dir(), { recursive: true });
    await writeFile(rulesFile(), '{"rules": [{"nmae": "x"}]}');
    await expect(start()).rejects.toMatchObject({ code: 'RULES_INVALID' });
  });

  it('decides the next call under an edited file, and keeps the last good one when it breaks', async () => {
    await writeRules('auto_approve');
    const hypervisor = await start();
    const { tool, sent } = mailTool(hypervisor);
    await tool.invoke({ to: 'a' });
    const activated = new Promise((resolve) => hypervisor.events.on('rules.activated', resolve));
    await writeRules('deny');
    await activated;
    expect(await tool.attempt({ to: 'b' })).toMatchObject({ why: { code: 'RULE_DENIED' } });
    const rejected = new Promise((resolve) => hypervisor.events.on('rules.rejected', resolve));
    await writeFile(rulesFile(), '{"rules": [');
    await rejected;
    expect(await tool.attempt({ to: 'b' })).toMatchObject({ why: { code: 'RULE_DENIED' } });
    const { ok, problems } = await hypervisor.health();
    expect({ ok, shown: problems.join('\n') }).toMatchObject({
      ok: false,
      shown: expect.stringContaining('rules.json'),
    });
    expect(sent).toHaveLength(1);
  });

  it('starts on the last good rules when the file is broken, and says so', async () => {
    await writeRules('deny');
    await start();
    await open.pop()?.close();
    await writeFile(rulesFile(), '{');
    const hypervisor = await start();
    const { tool } = mailTool(hypervisor);
    expect(await tool.attempt({ to: 'b' })).toMatchObject({ why: { code: 'RULE_DENIED' } });
    expect((await hypervisor.health()).ok).toBe(false);
  });

  it('lets an edit that loosens wait where it is configured so', async () => {
    await writeRules('deny');
    const hypervisor = await start({ activate: 'tightening' });
    const { tool } = mailTool(hypervisor);
    const loosened = new Promise<{ to?: unknown }>((resolve) =>
      hypervisor.events.on('rules.loosened', resolve),
    );
    await writeRules('auto_approve');
    const { to } = await loosened;
    expect(await tool.attempt({ to: 'b' })).toMatchObject({ why: { code: 'RULE_DENIED' } });
    await askOwner(dir(), { verb: 'rules.accept', version: String(to) });
    expect(await tool.attempt({ to: 'b' })).toMatchObject({ status: 'done' });
  });

  it('answers through its socket: inbox, answer, kill, revive', async () => {
    await writeRules('require_review');
    const { tool } = mailTool(await start());
    const pending = await tool.attempt({ to: 'b' }, { waitMs: 0 });
    if (pending.status !== 'pending') throw new Error(pending.status);
    const inbox = await askOwner(dir(), { verb: 'inbox' });
    if (!Array.isArray(inbox)) throw new Error('no list');
    const { approvalId, fingerprint } = inbox[0] as { approvalId: string; fingerprint: string };
    await askOwner(dir(), { verb: 'answer', approvalId, fingerprint, verdict: 'allow' });
    expect(await tool.resume(pending.ticket)).toMatchObject({ status: 'done' });
    await askOwner(dir(), { verb: 'kill', scope: 'all', reason: 'test' });
    expect(await tool.attempt({ to: 'c' })).toMatchObject({ why: { code: 'KILLED' } });
    await askOwner(dir(), { verb: 'revive', scope: 'all' });
    expect(await tool.attempt({ to: 'c' }, { waitMs: 0 })).toMatchObject({ status: 'pending' });
  });

  it('keeps tickets and kills over a restart', async () => {
    await writeRules('require_review');
    const first = await start({ authenticate: async (who) => String(who) });
    const { tool } = mailTool(first);
    const pending = await tool.attempt({ to: 'b' }, { waitMs: 0 });
    if (pending.status !== 'pending') throw new Error(pending.status);
    await first.killSwitch.kill({ tool: 'mail' }, 'test');
    await first.close();
    const second = await start({ authenticate: async (who) => String(who) });
    const again = mailTool(second);
    const person = await second.authenticate('ann');
    const [item] = await second.approvals.list();
    if (item === undefined) throw new Error('the approval is gone');
    await second.approvals.answer(item.approvalId, {
      verdict: 'allow',
      person,
      fingerprint: item.call.fingerprint,
    });
    expect(await again.tool.resume(pending.ticket)).toMatchObject({ why: { code: 'KILLED' } });
    await second.killSwitch.revive({ tool: 'mail' }, person);
    expect(await again.tool.resume(pending.ticket)).toMatchObject({ status: 'done' });
    expect(again.sent).toEqual([{ to: 'b' }]);
  });

  it('keeps arguments out of the log file', async () => {
    await writeRules('auto_approve');
    const { tool } = mailTool(await start());
    await tool.invoke({ to: 'secret-address' });
    await open[0]?.close();
    const log = await readFile(join(dir(), 'log', '00000000000000000001.seg'), 'utf8');
    expect(log).toContain('call.decided');
    expect(log).not.toContain('secret-address');
  });
});
