import { rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, folderWith } from './cli.ts';
import { mailRules, pendingMail, project, start } from './hypervisor.ts';

const me = `os:${userInfo().username}`;

describe('ringfence inbox, approve and deny', () => {
  it('show what waits, let it run, and say who approved', async () => {
    const cwd = await project();
    const running = await start(cwd);
    const { approvalId, callId } = await pendingMail(running, 'hello');
    const inbox = await cli(['inbox'], { cwd });
    expect(inbox.code).toBe(0);
    expect(inbox.out).toContain(approvalId);
    expect(inbox.out).toContain('mail.run');
    expect(inbox.out).toContain('"text": "hello"');
    const approved = await cli(['approve', approvalId.slice(0, 6), '--yes'], { cwd });
    expect(approved).toMatchObject({ code: 0, out: `approved ${approvalId} as ${me}\n` });
    expect(await running.mail.resume({ approvalId, callId })).toMatchObject({ status: 'done' });
    expect(running.sent).toEqual(['hello']);
    const again = await cli(['approve', approvalId, '--yes'], { cwd });
    expect([again.code, again.out]).toEqual([3, '']);
  });

  it('refuse it', async () => {
    const cwd = await project();
    const running = await start(cwd);
    const ticket = await pendingMail(running, 'hello');
    const denied = await cli(['deny', ticket.approvalId, '--yes', '--json'], { cwd });
    expect(JSON.parse(denied.out)).toEqual({
      approvalId: ticket.approvalId,
      verdict: 'deny',
      person: me,
    });
    expect(await running.mail.resume(ticket)).toMatchObject({
      status: 'refused',
      why: { code: 'DENIED' },
    });
    expect(running.sent).toEqual([]);
  });

  it('ask on a terminal, and take only a yes for one', async () => {
    const cwd = await project();
    const running = await start(cwd);
    const { approvalId } = await pendingMail(running, 'hello');
    const answer = (stdin: string) => cli(['approve', approvalId], { cwd, isTty: true, stdin });
    for (const stdin of ['', '\n', 'n\n', 'yo\n', 'Y E S\n']) {
      const { code, out, err } = await answer(stdin);
      expect([code, out]).toEqual([1, '']);
      expect(err).toContain('"text": "hello"');
      expect(err).toContain('not confirmed; nothing was done');
    }
    expect((await answer('y\n')).code).toBe(0);
  });

  it('need a flag where there is no terminal', async () => {
    const cwd = await project();
    const running = await start(cwd);
    const { approvalId } = await pendingMail(running, 'hello');
    const { code, err } = await cli(['approve', approvalId], { cwd, stdin: 'y\n' });
    expect(code).toBe(2);
    expect(err).toContain('--fingerprint HEX');
  });

  it('take a fingerprint for a yes, of that call alone', async () => {
    const cwd = await project();
    const running = await start(cwd);
    const { approvalId } = await pendingMail(running, 'hello');
    const [{ fingerprint }] = JSON.parse((await cli(['inbox', '--json'], { cwd })).out);
    const answer = (hex: string) => cli(['approve', approvalId, '--fingerprint', hex], { cwd });
    const other = await answer('0'.repeat(64));
    expect([other.code, other.out]).toEqual([1, '']);
    expect((await answer(fingerprint)).code).toBe(0);
  });

  it('escape what could deceive whoever reads it', async () => {
    const cwd = await project();
    const running = await start(cwd);
    await pendingMail(running, 'pay \u202egnp\u001b[1A\u009b2K');
    const { out } = await cli(['inbox'], { cwd });
    expect(out).toContain('"pay \\u202egnp\\u001b[1A\\u009b2K"');
    const json = (await cli(['inbox', '--json'], { cwd })).out;
    expect(json).not.toContain('\u202e');
    expect(JSON.parse(json)[0].args).toEqual({ text: 'pay \u202egnp\u001b[1A\u009b2K' });
  });

  it('say loudly how much of huge arguments is not shown', async () => {
    const cwd = await project();
    const running = await start(cwd);
    await pendingMail(running, 'x'.repeat(50_000));
    expect((await cli(['inbox'], { cwd })).out).toMatch(/… \d+ more characters are NOT SHOWN/u);
  });

  it('want six digits of an id or more, that begin one call alone', async () => {
    const cwd = await project();
    await start(cwd);
    expect((await cli(['approve', '12345', '--yes'], { cwd })).code).toBe(2);
    expect((await cli(['approve', '../../etc', '--yes'], { cwd })).code).toBe(2);
    expect((await cli(['approve', '123456', '--yes'], { cwd })).code).toBe(3);
  });
});

describe('ringfence kill and revive', () => {
  it('stop and start a tool of a running hypervisor', async () => {
    const cwd = await project();
    const { note } = await start(cwd);
    const killed = await cli(['kill', 'tool:Note', '--reason', 'incident 42'], { cwd });
    expect(killed).toMatchObject({ code: 0, out: 'stopped tool:Note\n' });
    expect(await note.attempt({ text: 'a' })).toMatchObject({ why: { code: 'KILLED' } });
    const revived = await cli(['revive', 'tool:note', '--json'], { cwd });
    expect(JSON.parse(revived.out)).toEqual({ revived: { tool: 'note' } });
    expect(await note.attempt({ text: 'b' })).toMatchObject({ status: 'done' });
  });

  it('work while nobody runs, and with rules that are broken', async () => {
    const cwd = await project();
    await (await start(cwd)).hypervisor.close();
    await writeFile(join(cwd, 'rules/a.json'), '{ "rules": [');
    const killed = await cli(['kill', 'all', '--reason', 'incident'], { cwd });
    expect([killed.code, killed.out]).toEqual([0, 'stopped all\n']);
    expect(killed.err).toContain('nobody runs on');
    await writeFile(join(cwd, 'rules/a.json'), JSON.stringify(mailRules));
    const { note } = await start(cwd);
    expect(await note.attempt({ text: 'a' })).toMatchObject({ why: { code: 'KILLED' } });
  });

  it('name the owner that does not listen', async () => {
    const cwd = await project();
    await start(cwd);
    await rm(join(cwd, 'data', 'control.sock'));
    const { code, err } = await cli(['kill', 'all', '--reason', 'x'], { cwd });
    expect(code).toBe(3);
    expect(err).toContain(`is owned by process ${process.pid}`);
  });

  it('refuse names that could pass for others', async () => {
    const cwd = await project();
    await start(cwd);
    const { code, err } = await cli(['kill', 'tool:no\u200bte', '--reason', 'x'], { cwd });
    expect(code).toBe(2);
    expect(err).toContain('U+200B');
  });
});

describe('ringfence health', () => {
  it('tells the rules in force, and what is wrong with those on disk', async () => {
    const cwd = await project();
    await start(cwd);
    const well = await cli(['health', '--json'], { cwd });
    expect(well.code).toBe(0);
    expect(JSON.parse(well.out)).toEqual({ ok: true, problems: [], rules: expect.any(String) });
    await writeFile(join(cwd, 'rules/a.json'), '{ "rules": [\n  { "nam": "x" } ] }');
    const reloaded = await cli(['rules', 'reload'], { cwd });
    expect(reloaded.code).toBe(1);
    expect(reloaded.out).toContain('a.json:2:5');
    const ill = await cli(['health'], { cwd });
    expect(ill.code).toBe(1);
    expect(ill.out).toContain('a.json:2:5');
    expect(ill.out).toContain(`not healthy  rules ${JSON.parse(well.out).rules}\n`);
  });

  it('finds nobody where no data folder is, and makes none', async () => {
    const cwd = await folderWith();
    for (const argv of [['health'], ['inbox'], ['kill', 'all', '--reason', 'x']]) {
      const { code, out, err } = await cli([...argv, '--dir', 'data'], { cwd });
      expect([code, out]).toEqual([3, '']);
      expect(err).toContain(`there is no data folder at \`${join(cwd, 'data')}\``);
    }
    expect((await cli(['audit', 'verify', 'data'], { cwd })).code).toBe(3);
  });

  it('does not call healthy what nobody runs', async () => {
    const cwd = await project();
    await (await start(cwd)).hypervisor.close();
    const { code, out, err } = await cli(['health'], { cwd });
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('nobody runs on');
  });
});

describe('ringfence rules', () => {
  const looser = {
    rules: [
      ...mailRules.rules,
      { name: 'all', condition: { tool: 'x' }, approval: 'auto_approve' },
    ],
  };

  it.each([['while it runs'], ['while nobody runs']])('accept what loosens, %s', async (when) => {
    const cwd = await project({
      'ringfence.yaml': 'rules_file: ./rules\naudit_log: ./data\nactivate: tightening\n',
    });
    const { hypervisor } = await start(cwd, { activate: 'tightening' });
    const before = JSON.parse((await cli(['health', '--json'], { cwd })).out).rules;
    if (when !== 'while it runs') await hypervisor.close();
    await writeFile(join(cwd, 'rules/a.json'), JSON.stringify(looser));
    const reloaded = await cli(['rules', 'reload', '--json'], { cwd });
    expect(reloaded.code).toBe(1);
    const { rules, problems, waiting } = JSON.parse(reloaded.out);
    expect([rules, problems]).toEqual([before, [expect.stringContaining('loosen and wait')]]);
    expect((await cli(['rules', 'accept', '000000'], { cwd })).code).toBe(1);
    const accepted = await cli(['rules', 'accept', waiting.slice(0, 6), '--json'], { cwd });
    expect(accepted.code).toBe(0);
    expect(JSON.parse(accepted.out)).toMatchObject({ rules: waiting, problems: [], waiting: null });
    expect((await cli(['rules', 'reload'], { cwd })).code).toBe(0);
  });

  it('need to know where the rules are, when nobody runs', async () => {
    const cwd = await project();
    await (await start(cwd)).hypervisor.close();
    await rm(join(cwd, 'ringfence.yaml'));
    const { code, err } = await cli(['rules', 'reload', '--dir', 'data'], { cwd });
    expect(code).toBe(2);
    expect(err).toContain('`rules_file`');
  });
});

describe('the data folder', () => {
  it('is the one of the configuration, or the one that was named', async () => {
    const cwd = await project();
    await start(cwd);
    const elsewhere = await folderWith();
    const config = join(cwd, 'ringfence.yaml');
    for (const more of [
      ['--config', config],
      ['--dir', join(cwd, 'data')],
      ['--config', config, '--dir', join(cwd, 'data')],
    ]) {
      expect((await cli(['health', ...more], { cwd: elsewhere })).code).toBe(0);
    }
    expect((await cli(['health'], { cwd: elsewhere })).code).toBe(3);
    expect((await cli(['health', '--config', 'no.yaml'], { cwd: elsewhere })).code).toBe(3);
  });

  it('cannot be found through a configuration that is wrong', async () => {
    const cwd = await project({ 'ringfence.yaml': 'rules_file: ./rules\naudit_lok: ./data\n' });
    const { code, err } = await cli(['health'], { cwd });
    expect(code).toBe(2);
    expect(err).toContain('did you mean `audit_log`?');
  });
});
