import { execFileSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { array, assert, asyncProperty, constantFrom, tuple } from 'fast-check';
import { createOutOfBoundsGate } from '../../src/core/gates/out-of-bounds.ts';
import type { Gate } from '../../src/core/model/extension.ts';
import type { Manifest } from '../../src/core/model/tool.ts';
import { loadConfig } from '../../src/files/config.ts';
import { findRulePaths, readRuleFiles } from '../../src/files/rule-files.ts';
import { createRuleWatcher } from '../../src/files/rule-watcher.ts';
import {
  facts,
  pathsFrom,
  readTool,
  toCall,
  writeTool,
} from '../core/gates/out-of-bounds-world.ts';
import { createHandClock } from '../files/clocks.ts';

const denyAll = '{"rules":[{"name":"deny-all","decision":"deny"}]}';
const allowAll = '{"rules":[{"name":"allow-all","decision":"auto_approve"}]}';

let dir = '';
let work = '';
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'ringfence-judge-')));
  work = join(dir, 'work');
  for (const name of ['rules', 'prompts', '.ringfence', 'work', 'home'])
    await mkdir(join(dir, name));
  await writeFile(join(dir, 'rules/a.json'), denyAll);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** The gate over rules, prompts and state, with `work` as the working folder. */
async function openGate(manifest: Manifest): Promise<Gate> {
  const folders = [
    ...(await findRulePaths(join(dir, 'rules'))),
    ...['prompts', '.ringfence', 'ringfence.yaml'].map((name) => join(dir, name)),
  ];
  const paths = pathsFrom(work, join(dir, 'home'));
  return createOutOfBoundsGate({ folders, paths, manifestOf: () => manifest });
}

/** A shell tool as an agent has it: runs in `work` what the gate lets through. */
async function runShell(command: string, manifest: Manifest): Promise<'refused' | 'ran'> {
  const gate = await openGate(manifest);
  if ((await gate.check(toCall({ command }), facts)) !== undefined) return 'refused';
  try {
    const env = { PATH: process.env['PATH'], HOME: join(dir, 'home') };
    execFileSync('bash', ['-c', command], { cwd: work, env, stdio: 'ignore' });
  } catch {
    // the command failed; what it left behind is looked at
  }
  return 'ran';
}

describe.skipIf(process.platform === 'win32')(
  'class 22: a supervised shell rewrites its rules',
  () => {
    const scripts = [
      `echo '${allowAll}' > ../rules/a.json`,
      `cd .. && echo '${allowAll}' > rules/a.json`,
      `cd ../rules; echo '${allowAll}' > a.json`,
      `printf x | tee ../rules/a.json`,
      'rm ../rules/a.json',
      'rm -rf ..',
      'mv ../rules ../gone',
      'ln -s ../rules innocent',
      'ln -s .. up',
      'cp -r . ../rules',
      `bash -c "echo x > ../ru''les/a.json"`,
      'sed -i s/deny/auto_approve/ ../rules/*.json',
      'sed -i s/deny/auto_approve/ ../r?les/a.json',
      'sed -i s/deny/auto_approve/ ../{rules,x}/a.json',
      'sed -i s/deny/auto_approve/ ../ru\\les/a.json',
      'D=../rules; echo x > $D/a.json',
      'D=rules; echo x > ../${D}/a.json',
      'echo x > ../$(echo rules)/a.json',
      'echo x > ../`echo rules`/a.json',
      "echo x > $'../\\x72ules/a.json'",
      'find .. -name a.json -delete',
      'find .. -name a.json | xargs rm',
      'tar -C .. -cf x.tar . && tar -C .. -xf x.tar',
      'dd if=/dev/null of=../rules/a.json',
      'truncate -s 0 ../rules/a.json',
      'chmod 666 ../rules/a.json',
      'chmod -R 777 ..',
      "python3 -c \"open('../rules/a.json','w').write('x')\"",
      'pushd .. ; echo x > rules/a.json',
      'echo x > /proc/self/cwd/../rules/a.json',
      'env -C .. sh -c "echo x > rules/a.json"',
    ];
    it.each(scripts)('%s', async (script) => {
      for (const manifest of [writeTool, { ...writeTool, paths: ['command'] }]) {
        expect(await runShell(script, manifest)).toBe('refused');
      }
      expect(await readFile(join(dir, 'rules/a.json'), 'utf8')).toBe(denyAll);
    });

    it('lets the work go on that has nothing to do with them', async () => {
      const script = 'mkdir -p out && echo done > out/result.txt && ls .. > out/list.txt';
      expect(await runShell(script, { ...writeTool, paths: ['command'] })).toBe('ran');
      expect(await readFile(join(work, 'out/result.txt'), 'utf8')).toBe('done\n');
    });
  },
);

describe('class 22: a file tool reaches rules, prompts, state or configuration', () => {
  it.each(['rules/new.json', 'prompts/judge.md', '.ringfence/log', 'ringfence.yaml'])(
    'by its path, by links, read or written: %s',
    async (name) => {
      await symlink('..', join(work, 'up'));
      await symlink(join('..', name), join(work, 'notes.txt'));
      for (const manifest of [readTool, writeTool, { ...readTool, paths: ['path'] }]) {
        const gate = await openGate(manifest);
        for (const path of [join(dir, name), `../${name}`, `up/${name}`, 'notes.txt']) {
          const deny = await gate.check(toCall({ path }), facts);
          expect([path, deny?.code]).toEqual([path, 'OUT_OF_BOUNDS']);
        }
      }
    },
  );

  it('by the place that a rule file is linked from', async () => {
    await writeFile(join(work, 'shared.json'), denyAll);
    await symlink(join(work, 'shared.json'), join(dir, 'rules/b.json'));
    const gate = await openGate(writeTool);
    expect(await gate.check(toCall({ path: 'shared.json' }), facts)).toMatchObject({
      code: 'OUT_OF_BOUNDS',
    });
  });

  it('however the path is spelled', async () => {
    const gate = await openGate({ ...readTool, paths: ['path'] });
    const detour = constantFrom('./', '/', 'x/../', '../rules/', './/./');
    const paths = tuple(
      array(detour, { maxLength: 6 }),
      constantFrom('rules', 'RULES', 'Rules'),
    ).map(([detours, name]) => `../${name}/${detours.join('')}a.json`);
    await assert(
      asyncProperty(paths, async (path) => {
        expect((await gate.check(toCall({ path }), facts))?.code).toBe('OUT_OF_BOUNDS');
      }),
      { numRuns: 200 },
    );
  });
});

describe.skipIf(process.platform === 'win32')(
  'class 22: what others could have written is not loaded',
  () => {
    it('a rule file, its folder or the configuration', async () => {
      await chmod(join(dir, 'rules/a.json'), 0o666);
      await expect(readRuleFiles(join(dir, 'rules'))).rejects.toMatchObject({
        code: 'RULES_UNSAFE',
      });
      await chmod(join(dir, 'rules/a.json'), 0o644);
      await chmod(join(dir, 'rules'), 0o777);
      await expect(readRuleFiles(join(dir, 'rules'))).rejects.toMatchObject({
        code: 'RULES_UNSAFE',
      });
      await writeFile(join(dir, 'ringfence.yaml'), 'rules_file: rules\n');
      await chmod(join(dir, 'ringfence.yaml'), 0o622);
      await expect(loadConfig(join(dir, 'ringfence.yaml'))).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
      });
    });

    it('while it runs: the last rules stay in force when a file is opened to all, emptied or taken away', async () => {
      const active: string[] = [];
      const rejected: string[] = [];
      const watcher = createRuleWatcher<string>({
        path: join(dir, 'rules'),
        read: readRuleFiles,
        load: (files) => ({ ok: true, set: files.map(({ text }) => text).join(), warnings: [] }),
        activate: async (set) => void active.push(set),
        reject: ([problem]) => void rejected.push(problem?.message ?? ''),
        clock: createHandClock(),
      });
      await watcher.reload();
      await writeFile(join(dir, 'rules/a.json'), allowAll);
      await chmod(join(dir, 'rules/a.json'), 0o666);
      await watcher.reload();
      await rename(join(dir, 'rules/a.json'), join(dir, 'rules/a.off'));
      await watcher.reload();
      await rm(join(dir, 'rules'), { recursive: true });
      await watcher.reload();
      expect(active).toEqual([denyAll]);
      expect(rejected).toEqual([
        expect.stringMatching(/can be written by everybody/),
        expect.stringMatching(/holds no rules any more/),
        expect.stringMatching(/does not exist/),
      ]);
      await watcher.close();
    });
  },
);
