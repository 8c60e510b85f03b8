import { describe, expect, it } from 'vitest';
import { cli } from '../cli/cli.ts';
import { folderWith, row, run, rules, usual } from './trace.ts';

const json = [...usual, '--json'];

describe('ringfence replay --json', () => {
  it('prints one line a call with its verdict, and nothing else on stdout', async () => {
    const folder = await folderWith([
      row(),
      row({ step: 1, tool: 'send_mail', args: { to: 'x' } }),
    ]);
    const { code, rows } = await run(folder, json);
    expect(code).toBe(0);
    expect(rows.map(({ rulesVersion, ...rest }) => [typeof rulesVersion, rest])).toEqual([
      [
        'string',
        {
          file: 'trace.jsonl',
          session: 's',
          step: 0,
          tool: 'find_order',
          action: 'run',
          verdict: 'allow',
          rule: 'reads',
          code: 'RULE_ALLOWED',
          reason: expect.any(String),
        },
      ],
      [
        'string',
        expect.objectContaining({ step: 1, verdict: 'review', rule: 'mail', code: 'RULE_REVIEW' }),
      ],
    ]);
  });

  it('denies what no list knows, what cannot be a name, and names that collide', async () => {
    const names = ['get_list', 'find_order\nrm', 'calculate_bmi', 'calculate_BMI', 'FIND_ORDER'];
    const folder = await folderWith(names.map((tool, step) => row({ tool, step })));
    const { rows, stderr, code } = await run(folder, json);
    expect(rows.map(({ verdict, code }) => [verdict, code])).toEqual([
      ['deny', 'UNKNOWN_TOOL'],
      ['deny', 'UNKNOWN_TOOL'],
      ['deny', 'NAME_COLLISION'],
      ['deny', 'NAME_COLLISION'],
      ['allow', 'RULE_ALLOWED'], // the same name, spelled otherwise
    ]);
    expect(stderr).toContain('`calculate_BMI` and `calculate_bmi`');
    expect(code).toBe(0);
  });

  it('registers tools undeclared for suites that the list does not know', async () => {
    const folder = await folderWith([row({ suite: 'other', tool: 'A' }), row({ suite: 'other' })]);
    const { rows } = await run(folder, json);
    expect(rows.map(({ code }) => code)).toEqual(['NO_RULE', 'NO_RULE']);
    const all = await folderWith(
      [row({ suite: 'other', tool: 'A' }), row({ suite: 'other', tool: 'a', step: 1 })],
      [{ name: 'all', condition: {}, approval: 'auto_approve' }],
    );
    const { rows: open } = await run(all, json);
    expect(open.map(({ code }) => code)).toEqual(['RULE_ALLOWED', 'NAME_COLLISION']);
  });

  it('moves a virtual clock by --step, so that limits count as they would have', async () => {
    const labels = [0, 1, 2, 3].map((step) => row({ step, tool: 'add_label' }));
    const folder = await folderWith(labels);
    const verdicts = async (step: string) =>
      (await run(folder, [...json, '--step', step])).rows.map(({ verdict }) => verdict);
    expect(await verdicts('1s')).toEqual(['allow', 'allow', 'deny', 'deny']);
    expect(await verdicts('1m')).toEqual(['allow', 'allow', 'allow', 'allow']);
  });

  it('lets an approval expire at once, and caps their number by nothing', async () => {
    const mails = Array.from({ length: 300 }, (_, step) => row({ step, tool: 'send_mail' }));
    const folder = await folderWith(mails);
    const { rows } = await run(folder, json);
    expect(new Set(rows.map(({ verdict }) => verdict))).toEqual(new Set(['review']));
    expect(rows).toHaveLength(300);
  });

  it('lets the ring decide where it is asked to', async () => {
    const all = [{ name: 'all', condition: {}, approval: 'auto_approve' }];
    const folder = await folderWith([row({ tool: 'send_mail' })], all);
    const codes = async (ring: string) =>
      (await run(folder, [...json, '--ring', ring])).rows.map(({ code }) => code);
    expect(await codes('1')).toEqual(['RULE_ALLOWED']);
    expect(await codes('2')).toEqual(['REQUIREMENT_PERSON']);
    expect(await codes('3')).toEqual(['RING_TOO_LOW']);
  });

  it('shows recorded names to nobody who decides', async () => {
    const peeking = ['session.id', 'agent.id'].map((path, at) => ({
      name: `peek_${at}`,
      condition: { when: { in: ['attack', { var: path }] } },
      approval: 'auto_approve',
    }));
    const folder = await folderWith([row({ session: 'attack', label: 'attack' })], peeking);
    const { rows } = await run(folder, json);
    expect(rows.map(({ verdict, session }) => [verdict, session])).toEqual([['deny', 'attack']]);
  });
});

describe('ringfence replay on bad input', () => {
  it.each([
    ['not JSON', '{', /trace\.jsonl:2: .*the text ends/],
    ['two keys of one name', '{"session":"s","session":"t"}', /trace\.jsonl:2: .*session/],
    ['no tool', '{"session":"s","step":1,"args":{}}', /trace\.jsonl:2: `tool`/],
    ['a step that is no number', row({ step: 'x' }), /trace\.jsonl:2: `step`/],
    ['no arguments', row({ args: undefined }), /trace\.jsonl:2: `args`/],
    ['a list', '[]', /trace\.jsonl:2: expected an object/],
    ['an integer that loses digits', '{"args":9007199254740993}', /trace\.jsonl:2: .*2\^53/],
  ])('names a line with %s and runs the rest', async (_, bad, message) => {
    const folder = await folderWith([row(), bad, '', row({ step: 1 })]);
    const { code, rows, stderr } = await run(folder, json);
    expect(code).toBe(1);
    expect(rows.map(({ step }) => step)).toEqual([0, 1]);
    expect(stderr).toMatch(message);
  });

  it('names a line that is not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from(`${row()}\n`), Buffer.from([0xff, 0xfe, 0x0a])]);
    const { code, rows, stderr } = await run(await folderWith(bytes), json);
    expect([code, rows.length]).toEqual([1, 1]);
    expect(stderr).toContain('trace.jsonl:2: not UTF-8');
  });

  it('shows the first bad lines and counts the others', async () => {
    const folder = await folderWith(Array.from({ length: 1000 }, () => 'x'));
    const { stderr } = await run(folder, json);
    expect(stderr.match(/trace\.jsonl:/g)).toHaveLength(20);
    expect(stderr).toContain('980 more bad lines');
  });

  it('refuses misuse and what is not there as every command does', async () => {
    const cwd = await folderWith([row()]);
    const fail = async (expected: number, ...argv: readonly string[]) => {
      const { code, out, err } = await cli(['replay', ...argv], { cwd });
      expect([code, out]).toEqual([expected, '']);
      expect(err).toMatch(/^error: /u);
      return err;
    };
    expect(await fail(2)).toContain('at least one trace');
    expect(await fail(2, 'trace.jsonl')).toContain('--rules DIR');
    expect(await fail(2, ...usual, '--ring', '4')).toContain('0, 1, 2 or 3');
    expect(await fail(2, ...usual, '--step', '0s')).toContain('500ms');
    expect(await fail(2, ...usual, '--wat')).toContain('--wat');
    expect(await fail(2, '.', '--rules', 'rules.json')).toContain('not a file');
    expect(await fail(3, 'none.jsonl', '--rules', 'rules.json')).toContain('no file `none.jsonl`');
    expect(await fail(3, 'trace.jsonl', '--rules', 'none')).toContain('no rules at `none`');
    expect(await fail(3, ...usual, '--tools', 'none.json')).toContain('no file `none.json`');
    const { err } = await cli(['replay', 'none.jsonl', '--rules', 'x', '--json'], { cwd });
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'NOT_THERE' } });
  });

  it('shows what is wrong with the rules and runs nothing', async () => {
    const folder = await folderWith([row()], [{ ...rules[0], condition: { efect: 'read' } }]);
    const { code, stdout, stderr } = await run(folder, json);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('efect');
  });
});

describe('ringfence replay for people', () => {
  it('sums up by file, rule and tool, and shows a bar on a terminal alone', async () => {
    const folder = await folderWith([row(), row({ step: 1, tool: 'send_mail' })]);
    const { stdout, stderr } = await run(folder, usual);
    expect(stdout).toMatch(/^file +calls +allow +review +deny/);
    expect(stdout).toMatch(/^reads +1 +1 +0 +0$/m);
    expect(stdout).toMatch(/^send_mail +1 +0 +1 +0$/m);
    expect(stdout).not.toContain('by label');
    expect(stderr).not.toContain('\u001B');
    expect((await run(folder, usual, { isTTY: true })).stderr).toContain('100%');
  });

  it('shows names from the trace so that they cannot move the cursor', async () => {
    const folder = await folderWith([row({ tool: '\u001B[2J' })]);
    const { stdout } = await run(folder, usual);
    expect(stdout).toContain('\\u{1b}[2J');
    expect(stdout).not.toContain('\u001B');
  });
});
