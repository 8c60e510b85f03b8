import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli } from '../cli/cli.ts';
import { mailRules, project, start } from '../cli/hypervisor.ts';

describe('class 6, live against pinned: the version that decided can be found', () => {
  it('every decision names a version whose files are shown as they were, and checked', async () => {
    const cwd = await project();
    const { hypervisor, note } = await start(cwd);
    const versions: string[] = [];
    hypervisor.events.on('*', ({ rulesVersion = null }) => {
      if (typeof rulesVersion === 'string') versions.push(rulesVersion);
    });
    await note.attempt({ text: 'one' });
    const denied = { rules: [{ name: 'note', condition: { tool: 'note' }, approval: 'deny' }] };
    await writeFile(join(cwd, 'rules/a.json'), JSON.stringify(denied));
    await cli(['rules', 'reload'], { cwd });
    expect(await note.attempt({ text: 'two' })).toMatchObject({ why: { code: 'RULE_DENIED' } });
    expect(new Set(versions).size).toBe(2);
    for (const [index, version] of [...new Set(versions)].entries()) {
      const shown = await cli(['rules', 'show', version, '--json'], { cwd });
      const { files } = JSON.parse(shown.out);
      expect(JSON.parse(files[0].text)).toEqual(index === 0 ? mailRules : denied);
    }
  });

  it('an answer to what was shown puts nothing else in force', async () => {
    const cwd = await project();
    await start(cwd);
    await cli(['rules', 'pin'], { cwd });
    const path = join(cwd, 'rules/a.json');
    await writeFile(path, JSON.stringify({ rules: [] }));
    const shown = JSON.parse((await cli(['rules', 'reload', '--json'], { cwd })).out);
    const { askOwner } = await import('../../src/files/control-client.ts');
    await writeFile(path, JSON.stringify({ rules: [{ ...mailRules.rules[1], name: 'other' }] }));
    const { version } = shown.disk;
    const release = askOwner(join(cwd, 'data'), { verb: 'rules.release', kind: 'pin', version });
    await expect(release).rejects.toThrow(/were changed since/);
    const state = JSON.parse((await cli(['rules', 'reload', '--json'], { cwd })).out);
    expect(state).toMatchObject({ rules: shown.rules, frozen: { kind: 'pin' } });
  });
});
