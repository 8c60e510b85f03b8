import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuleBasedSupervisor } from '../../src/core/supervisors/rule-based.ts';
import { createRealPaths } from '../../src/files/real-paths.ts';
import { decideWith, load, makeCall, probe } from '../core/rules/rule-calls.ts';

/** What an approving and a denying rule make of the same value: a deny rule with an error denies too. */
function verdicts(predicates: object, value: string) {
  const allow = load([probe({ args: { to: predicates } })]);
  const other = { name: 'rest', condition: {}, approval: 'auto_approve' };
  const deny = load([probe({ args: { to: predicates } }, { approval: 'deny' }), other]);
  const args = { to: value };
  return [decideWith(allow, { args }).verdict, decideWith(deny, { args }).verdict];
}

describe('attack class 9, names: hosts in rules', () => {
  it.each([
    'https://bank.example@evil.example/',
    'https://bank.example:443@evil.example/',
    'https://evil.example\\@bank.example/',
    'https://bank.example\\.evil.example/',
    'https://bank.example#@evil.example/',
    'https://evil.example/?x=https://bank.example https://bank.example',
    'https://evil.example%2f@bank.example/',
    'https://bank.example%00.evil.example/',
    'https://bank。example/',
    'https://ｂank.example/',
    'https://bank.example/\nhttps://evil.example',
    'bank.example/@evil.example',
    'evil.example,bank.example',
    '<a@bank.example>, b@evil.example',
    'javascript://bank.example/%0aalert(1)',
    'file://bank.example/etc/passwd',
    '//bank.example/x',
  ])('%j neither passes for the domain nor slips past it', (value) => {
    expect(verdicts({ domain: 'bank.example' }, value)).toEqual(['deny', 'deny']);
  });

  it.each([
    'https://bаnk.example/',
    'https://xn--bnk-5cd.example/',
    'https://bank.example.evil.example/',
    'https://notbank.example/',
    'https://evil.example/bank.example',
    'https://evil.example/?u=https://bank.example/',
    'bank.example.evil.example',
    'bank@evil.example',
  ])('%j is another domain', (value) => {
    expect(verdicts({ domain: 'bank.example' }, value)).toEqual(['deny', 'allow']);
  });

  it.each(['https://BANK.example./', 'HTTPS://a.bank.example:8443', 'ada@Bank.Example'])(
    '%j is the domain, however it is spelled',
    (value) => {
      expect(verdicts({ domain: 'bank.example' }, value)).toEqual(['allow', 'deny']);
    },
  );

  it.each([
    'http://0x7f.1/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://127.0.0.1./',
    'http://1２7.0.0.1/',
    'http://localhost/',
    'http://127.0.0.1.nip.example/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[fe80::1%25eth0]/',
    'http://a@127.0.0.1/',
    '0.0.0.0/0',
    '127.0.0.1,10.0.0.1',
  ])('%j neither passes for loopback nor slips past it', (value) => {
    expect(verdicts({ cidr: '127.0.0.0/8' }, value)).toEqual(['deny', 'deny']);
  });

  it.each(['127.0.0.1', 'http://127.9.9.9:80/x', '::ffff:127.0.0.1', 'http://[::ffff:7f00:1]/'])(
    '%j is loopback',
    (value) => {
      expect(verdicts({ cidr: '127.0.0.0/8' }, value)).toEqual(['allow', 'deny']);
    },
  );
});

describe('attack class 9, names: paths in rules', () => {
  let top = '';
  beforeAll(async () => {
    top = await realpath(await mkdtemp(join(tmpdir(), 'ringfence-names-')));
    await mkdir(join(top, 'work/deep'), { recursive: true });
    await mkdir(join(top, 'work-other'));
    await writeFile(join(top, 'secret'), 'x');
    await symlink('../secret', join(top, 'work/innocent.txt'));
    await symlink('..', join(top, 'work/up'));
    await symlink('loop', join(top, 'work/loop'));
    await symlink(join(top, 'nowhere'), join(top, 'work/dangling'));
  });
  afterAll(() => rm(top, { recursive: true }));

  const allowed = async (path: string): Promise<boolean> => {
    const set = load([probe({ args: { path: { path_inside: join(top, 'work') } } })]);
    const { call, facts } = makeCall({ args: { path } });
    const paths = { ...createRealPaths(), home: top };
    const supervisor = createRuleBasedSupervisor({ current: () => set, approvalMs: 1, paths });
    const { approvalMs: _, ...rest } = facts;
    const more = { signal: new AbortController().signal, history: [], soFar: undefined };
    return (await supervisor.decide(call, { ...rest, ...more })).verdict === 'allow';
  };

  it.each([
    'work/../secret',
    'work/deep/../../secret',
    'work/up/secret',
    'work/innocent.txt',
    'work/dangling',
    'work/loop',
    'work-other/x',
    'work/../work-other',
    'work/missing/../../secret',
    'work\0/../secret',
  ])('%j leads out', async (path) => {
    expect(await allowed(`${top}/${path}`)).toBe(false);
  });

  it.each(['~/secret', '~root', '~', '', '.', 'file:///x', 'work'])(
    '%j is not inside',
    async (path) => {
      expect(await allowed(path)).toBe(false);
    },
  );

  it.each(['work', 'work/', 'work//deep/.', 'work/up/work/new.txt', 'work/a/b/c'])(
    '%j stays inside',
    async (path) => {
      expect(await allowed(`${top}/${path}`)).toBe(true);
    },
  );
});
