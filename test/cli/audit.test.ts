import { chmod, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, folderWith } from './cli.ts';
import { project, start } from './hypervisor.ts';

/** A data folder in which a few calls ran, and its one segment. */
async function usedFolder() {
  const cwd = await project();
  const { hypervisor, note, mail } = await start(cwd);
  await note.attempt({ text: 'one' });
  await mail.attempt({ text: 'two' }, { waitMs: 0 });
  await hypervisor.close();
  const [segment = ''] = await readdir(join(cwd, 'data', 'log'));
  return { cwd, segment, path: join(cwd, 'data', 'log', segment) };
}

describe('ringfence audit verify', () => {
  it('verifies a log, of a running hypervisor too, by its data folder or its log folder', async () => {
    const cwd = await project();
    const { note } = await start(cwd);
    await note.attempt({ text: 'one' });
    for (const dir of ['data', 'data/log']) {
      const { code, out } = await cli(['audit', 'verify', dir], { cwd });
      expect(code).toBe(0);
      expect(out).toMatch(/^entries {3}\d+\nsegments {2}1\nhead {6}\d+ [0-9a-f]{64}\nopen {6}0\n/u);
      expect(out).toContain('the log verifies');
    }
    const { out } = await cli(['audit', 'verify', 'data', '--json'], { cwd });
    expect(JSON.parse(out)).toEqual({
      ok: true,
      entries: expect.any(Number),
      segments: 1,
      head: { seq: expect.any(Number), leaf: expect.stringMatching(/^[0-9a-f]{64}$/u) },
      open: 0,
      found: 0,
      findings: [],
    });
  });

  it('names file and byte of what was changed', async () => {
    const { cwd, segment, path } = await usedFolder();
    const text = await readFile(path, 'utf8');
    const at = text.indexOf('"tool":"note"');
    await chmod(path, 0o600);
    await writeFile(path, text.replace('"tool":"note"', '"tool":"nose"'));
    const { code, out } = await cli(['audit', 'verify', 'data'], { cwd });
    expect(code).toBe(1);
    const offset = text.lastIndexOf('\n', at) + 1;
    expect(out).toContain(`${segment}:${offset}: frame: `);
    const json = await cli(['audit', 'verify', 'data', '--json'], { cwd });
    expect([json.code, JSON.parse(json.out).ok]).toEqual([1, false]);
    expect(JSON.parse(json.out).findings[0]).toMatchObject({ file: segment, offset });
  });

  it('finds a torn end that stays torn', async () => {
    const { cwd, path } = await usedFolder();
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.slice(0, -10));
    const { code, out } = await cli(['audit', 'verify', 'data'], { cwd });
    expect(code).toBe(1);
    expect(out).toContain(': torn: ');
  });
});

describe('ringfence audit tail', () => {
  it('shows the last entries, oldest first', async () => {
    const { cwd } = await usedFolder();
    const all = (await cli(['audit', 'tail', 'data', '-n', '1000', '--json'], { cwd })).out;
    const entries = all
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    expect(entries.some(({ type, tool }) => type === 'call.decided' && tool === 'note')).toBe(true);
    const last = (await cli(['audit', 'tail', 'data', '-n', '2', '--json'], { cwd })).out;
    expect(all.endsWith(last)).toBe(true);
    expect(last.split('\n')).toHaveLength(3);
    expect((await cli(['audit', 'tail', 'data', '-n', '0'], { cwd })).out).toBe('');
    const plain = await cli(['audit', 'tail', 'data', '-n', '1000'], { cwd });
    expect(plain.out).toMatch(/^ +\d+ {2}\S+Z {2}call\.decided .*tool=note/mu);
  });

  it('crosses segments, backwards and forwards', async () => {
    const { cwd, path } = await usedFolder();
    const lines = (await readFile(path, 'utf8')).split('\n');
    const half = await folderWith();
    const cut = 3;
    const { seq, prev } = JSON.parse(lines[cut]?.slice(17) ?? '');
    const second = [`# ringfence-log/1 first=${seq} prev=${prev}`, ...lines.slice(cut)];
    await writeFile(join(half, '00000000000000000001.seg'), `${lines.slice(0, cut).join('\n')}\n`);
    await writeFile(join(half, `${String(seq).padStart(20, '0')}.seg`), second.join('\n'));
    expect((await cli(['audit', 'verify', half], {})).code).toBe(0);
    for (const count of ['1', '4', '1000']) {
      const tail = (dir: string) => cli(['audit', 'tail', dir, '-n', count, '--json'], { cwd });
      expect((await tail(half)).out).toBe((await tail('data')).out);
    }
  });

  it('follows what a running hypervisor writes', async () => {
    const cwd = await project();
    const { note } = await start(cwd);
    const stop = new AbortController();
    const begun = Promise.withResolvers<void>();
    const onOut = (text: string): void => {
      begun.resolve();
      if (text.includes('call.finished')) stop.abort();
    };
    const argv = ['audit', 'tail', 'data', '-n', '1', '--follow', '--json'];
    const tail = cli(argv, { cwd, signal: stop.signal, onOut });
    await begun.promise;
    await note.attempt({ text: 'one' });
    const { code, out } = await tail;
    expect(code).toBe(0);
    expect(out).toContain('"type":"call.finished"');
  });

  it('tells a damaged line and goes on', async () => {
    const { cwd, segment, path } = await usedFolder();
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"tool":"note"', '"tool":"nose"'));
    const { code, out, err } = await cli(['audit', 'tail', 'data', '-n', '1000'], { cwd });
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`^${segment}:\\d+: the line is not what was written\n$`, 'u'));
    expect(out.split('\n').length).toBe(text.split('\n').length - 2);
  });
});
