import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { cli, folderWith } from './cli.ts';

describe('ringfence', () => {
  it('lists every command, and tells its version', async () => {
    const { code, out, err } = await cli(['--help']);
    expect([code, err]).toEqual([0, '']);
    for (const name of commands.keys()) expect(out).toContain(`  ${name} `);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await cli(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('says that its Node is too old, and not that something was not foreseen', async () => {
    for (const nodeVersion of ['20.20.2', '22.21.9']) {
      const { code, out, err } = await cli(['health'], { nodeVersion });
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(`Node ${nodeVersion} is too old`);
      expect(err).toContain('22.22 or newer');
      expect((await cli(['--help'], { nodeVersion })).code).toBe(0);
    }
    expect((await cli(['health'], { nodeVersion: '22.22.0' })).code).toBe(3);
  });

  it.each([...commands.keys()])('helps with %s, showing an example', async (name) => {
    const { code, out, err } = await cli([...name.split(' '), '--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`usage: ringfence ${name}`);
    expect(out).toMatch(new RegExp(`example:\\n +ringfence ${name}`, 'u'));
  });

  it.each([
    [[], 'what shall it do?'],
    [['chekc', 'rules'], 'did you mean `check`?'],
    [['aprove', '123456'], 'did you mean `approve`?'],
    [['audit'], '`ringfence audit verify` or `ringfence audit tail`'],
    [['audit', 'verfy', '.'], '`ringfence audit verify` or'],
    [['--dir', 'x', 'health'], 'options such as `--dir` come after a command'],
    [['check'], 'something is missing'],
    [['check', 'one', 'two'], '`two` is one operand too many'],
    [['check', '.', '--tolls', 'x'], 'there is no option `--tolls`; did you mean `--tools`?'],
    [['check', '.', '-z'], 'there is no option `-z`'],
    [['check', '.', '--tools'], "option '--tools <value>' argument missing"],
    [['audit', 'tail', '.', '-n', 'many'], '`-n many`: expected a whole number'],
    [['kill', 'everything', '--reason', 'x'], '`everything` is no scope'],
    [['kill', 'tool:', '--reason', 'x'], '`tool:` is no scope'],
    [['kill', 'all'], '`--reason TEXT` is missing'],
    [['kill', 'all', '--reason', '  '], '`--reason TEXT` is missing'],
    [['rules', 'accept', 'latest'], '`latest` is no version'],
    [['replay', '--rules', 'rules'], 'name at least one trace file'],
    [['explain', 'call.json'], '`--rules DIR` is missing'],
  ])('refuses %j as misuse', async (argv, message) => {
    const { code, out, err } = await cli(argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^(?:error|ringfence replay): /u);
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
  });

  it('tells a misuse with the usage line of the command', async () => {
    expect((await cli(['approve'])).err).toContain('usage: ringfence approve ID');
  });

  it('writes errors as one JSON line when JSON is asked for, and nothing to stdout', async () => {
    const { code, out, err } = await cli(['check', '/nowhere/at/all', '--json']);
    expect([code, out]).toEqual([3, '']);
    expect(JSON.parse(err)).toEqual({
      error: { code: 'NOT_THERE', message: 'there are no rules at `/nowhere/at/all`' },
    });
  });

  it('shows no control characters of its arguments', async () => {
    const { err } = await cli(['che\u001b[2Jck']);
    expect(err).toContain('`che\\u001b[2Jck`');
  });

  it('shows a stack only to who asks for it', async () => {
    const cwd = await folderWith({ 'log/00000000000000000001.seg/x': '' });
    const argv = ['audit', 'verify', cwd];
    const plain = await cli(argv);
    expect(plain.code).toBe(1);
    expect(plain.err).toContain('RINGFENCE_DEBUG=1');
    expect(plain.err).not.toContain('    at ');
    expect((await cli(argv, { env: { RINGFENCE_DEBUG: '1' } })).err).toContain('Error: ');
  });
});
