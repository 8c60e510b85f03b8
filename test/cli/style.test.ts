import { describe, expect, it } from 'vitest';
import { wantsColor } from '../../src/cli/style.ts';
import { cli, folderWith } from './cli.ts';

describe('colours', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
    [{ TERM: 'dumb' }, true, false],
  ])('with %j on a terminal (%j): %j', (env, isTty, wanted) => {
    expect(wantsColor(env, isTty)).toBe(wanted);
  });

  it('are in the answers on a terminal, and never in JSON', async () => {
    const cwd = await folderWith({ 'rules/a.json': { rules: [] } });
    const escape = '\u001b[';
    const check = ['check', 'rules'];
    expect((await cli(check, { cwd, isTty: true })).out).toContain(escape);
    expect((await cli(check, { cwd })).out).not.toContain(escape);
    expect((await cli([...check, '--json'], { cwd, isTty: true })).out).not.toContain(escape);
  });
});
