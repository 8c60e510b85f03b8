import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadRules } from '../../src/core/rules/load.ts';

const root = join(import.meta.dirname, '../..');
// in the repository, so that `ringfence` names this package; not in node_modules, where Node runs no TypeScript
const folder = join(root, '.tmp', `docs-${process.pid}`);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The fenced blocks of a language, in order. */
function blocksOf(text: string, language: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gmu');
  return [...text.matchAll(fence)].map(([, block]) => block ?? '');
}

const read = (name: string): Promise<string> => readFile(join(root, name), 'utf8');

async function run(file: string, cwd: string): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, ['-C', 'ringfence-src', file], { cwd });
  let out = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (out += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out };
}

describe('the README', () => {
  it('has a first example that runs and prints what it says', async () => {
    const text = await read('README.md');
    const [rules = ''] = blocksOf(text, 'json');
    const [code = ''] = blocksOf(text, 'ts');
    await mkdir(join(folder, 'rules'), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, 'rules', 'payments.json'), rules, { mode: 0o600 });
    await writeFile(join(folder, 'example.ts'), code);
    const { out } = await run(join(folder, 'example.ts'), folder);
    expect(out.trim().split('\n')).toEqual(['refunded 20 of ch_1', 'pending']);
  });

  it('names no file that is not there', async () => {
    const pages = [
      'README.md',
      'CONTRIBUTING.md',
      ...(await readdir(join(root, 'docs'))).map((name) => `docs/${name}`),
    ];
    const missing: string[] = [];
    for (const page of pages.filter((name) => name.endsWith('.md'))) {
      for (const [, target = ''] of (await read(page)).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/gu)) {
        if (/^https?:/u.test(target)) continue;
        if (!existsSync(join(root, dirname(page), target))) missing.push(`${page}: ${target}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

describe('docs/rules.md', () => {
  it('shows rule files that load, with their tests', async () => {
    const blocks = blocksOf(await read('docs/rules.md'), 'json');
    expect(blocks.length).toBeGreaterThan(1);
    for (const text of blocks) {
      expect(loadRules([{ name: 'docs.json', text }])).toMatchObject({ ok: true });
    }
  });
});
