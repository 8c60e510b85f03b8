import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** As `npm run example` does, under this Node: the script of package.json without its first two words. */
async function runExample(...args: readonly string[]) {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const [, , , ...command] = String(scripts.example).split(' ');
  const child = spawn(process.execPath, [...command, ...args], { cwd: root });
  let out = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (out += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out };
}

describe('npm run example', () => {
  it.each(['judge-openai', 'examples/judge-openai.ts'])('runs %s', async (name) => {
    const { code, out } = await runExample(name);
    expect(out).toContain('not executed (JUDGE_DENIED)');
    expect(code).toBe(0);
  });

  it.each([[], ['nothing-like-it'], ['../scripts/demo']])(
    'says which there are (%s)',
    async (...args) => {
      const { code, out } = await runExample(...args);
      const files = (await readdir(join(root, 'examples'))).filter((name) => name.endsWith('.ts'));
      for (const file of files) expect(out).toContain(file.slice(0, -3));
      expect(code).toBe(2);
    },
  );

  it('is what the README tells to type', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    expect(readme).toContain('npm run example -- judge-openai');
  });
});
