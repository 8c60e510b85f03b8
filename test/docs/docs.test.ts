import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { keyDocs } from '../../src/core/rules/key-docs.ts';
import { loadConfig } from '../../src/files/config.ts';
import { loadRules } from '../../src/core/rules/load.ts';

const root = join(import.meta.dirname, '../..');
// in the repository, so that `ringfence` names this package; not in node_modules, where Node runs no TypeScript
const folder = join(root, '.tmp', `docs-${process.pid}`);

afterAll(() => rm(folder, { recursive: true, force: true }));

const frameworkRules = JSON.stringify({
  rules: [
    { name: 'small', condition: { args: { amount: { lte: 50 } } }, approval: 'auto_approve' },
    { name: 'large', condition: { args: { amount: { gt: 50 } } }, approval: 'deny' },
  ],
});

/** What the README's blocks take for granted: a hypervisor, a model, tools. */
const before = (server: string): string => `
import { createHypervisor } from 'ringfence';
import { createAgent, FakeToolCallingModel, tool } from 'langchain';
import OpenAI from 'openai';
import { z } from 'zod';
import { startOpenAIServer } from '${server}';
const hypervisor = await createHypervisor({ dir: 'data', rules: 'rules.json' });
const paid: number[] = [];
const pay = ({ amount }) => { paid.push(amount); return 'refunded ' + amount; };
const schema = z.object({ amount: z.number() });
const calls = [20, 5000].map((amount, i) => ({ name: 'refund', args: { amount }, id: 'c' + i }));
let model: any = new FakeToolCallingModel({ toolCalls: [calls, []] });
const tools: any = [tool(pay, { name: 'refund', description: 'Refunds', schema })];
const show = (name, [first, second]) =>
  console.log('shown: ' + name, first, '|', /RULE_DENIED/.exec(second)?.[0]);
`;
const between = `
const { messages: told } = await agent.invoke({ messages: [{ role: 'user', content: 'Refund' }] });
show('langchain', told.filter(({ type }) => type === 'tool').map(({ text }) => text));
model = 'scripted';
const server = await startOpenAIServer();
const payOut = (amount, id) => ({ id, name: 'pay_out', args: { amount } });
server.script({ calls: [payOut(30, 'call_1'), payOut(5000, 'call_2')] });
const client = new OpenAI({ apiKey: 'none', baseURL: server.baseURL });
const manifests = { pay_out: { effect: 'write', undo: 'full', paths: [] } } as const;
const functions = { pay_out: pay };
const messages: any[] = [{ role: 'user', content: 'Refund' }];
tools.length = 0;
`;
const after = `
show('openai', messages.slice(-2).map(({ content }) => content));
console.log('shown: ' + paid);
await server.close();
await hypervisor.close();
`;

/** The fenced blocks of a language, in order. */
function blocksOf(text: string, language: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gmu');
  return [...text.matchAll(fence)].map(([, block]) => block ?? '');
}

/** Links that stay in the repository: path and anchor. */
const links = /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/gu;

/** What a heading can be reached by, as GitHub makes it. */
function anchorsOf(page: string): ReadonlySet<string> {
  return new Set(
    Array.from(page.matchAll(/^#+ (.+)$/gmu), ([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

async function docPages(): Promise<readonly string[]> {
  const names = await readdir(join(root, 'docs'), { recursive: true });
  return names.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
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

  it('has a LangChain and an OpenAI example that run and refuse', async () => {
    const [, langchain = '', openai = ''] = blocksOf(await read('README.md'), 'ts');
    const paths = { server: join(root, 'test/support/openai-server.ts') };
    await mkdir(join(folder, 'frameworks'), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, 'frameworks', 'rules.json'), frameworkRules, { mode: 0o600 });
    const file = join(folder, 'frameworks', 'example.ts');
    await writeFile(file, [before(paths.server), langchain, between, openai, after].join('\n'));
    const { out } = await run(file, dirname(file));
    expect(
      out
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('shown:')),
    ).toEqual([
      'shown: langchain refunded 20 | RULE_DENIED',
      'shown: openai refunded 30 | RULE_DENIED',
      'shown: 20,30',
    ]);
  });

  it('names no file that is not there', async () => {
    const missing: string[] = [];
    for (const page of [...(await docPages()), 'README.md', 'CONTRIBUTING.md']) {
      for (const [link, path = '', anchor = ''] of (await read(page)).matchAll(links)) {
        const target = path === '' ? page : join(dirname(page), path);
        const isThere = existsSync(join(root, target));
        const isKnown = isThere && (anchor === '' || anchorsOf(await read(target)).has(anchor));
        if (!isKnown) missing.push(`${page}: ${link}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

describe('the pages of rules', () => {
  it('show rule files that load, with their tests', async () => {
    const shown = new Map<string, number>();
    for (const page of [...(await docPages()), 'README.md']) {
      for (const text of blocksOf(await read(page), 'json')) {
        if (!text.includes('"rules"')) continue;
        expect(loadRules([{ name: page, text }]), page).toMatchObject({ ok: true });
        shown.set(page, (shown.get(page) ?? 0) + 1);
      }
    }
    for (const page of ['filters', 'provenance', 'rollouts', 'rules', 'shell']) {
      expect([page, shown.get(`docs/${page}.md`)]).not.toEqual([page, undefined]);
    }
  });

  it('show configurations that can be read', async () => {
    const file = join(folder, 'ringfence.yaml');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const page of ['README.md', 'docs/configuration.md']) {
      const blocks = blocksOf(await read(page), 'yaml');
      expect(blocks.length).toBeGreaterThan(0);
      for (const text of blocks) {
        await writeFile(file, text, { mode: 0o600 });
        expect((await loadConfig(file)).rulesFile, page).toBe(join(folder, 'rules'));
      }
    }
  });

  it('name every key that a rules file may have', async () => {
    const pages = ['rules', 'provenance', 'rollouts', 'shell'];
    const texts = await Promise.all(pages.map((page) => read(`docs/${page}.md`)));
    const code = texts.flatMap((text) => [
      ...blocksOf(text, 'json'),
      ...Array.from(text.matchAll(/`([^`\n]+)`/gu), ([, span = '']) => span),
    ]);
    const words = new Set(code.flatMap((span) => span.match(/[$\w]+/gu) ?? []));
    const keys = [...keyDocs].flatMap(([place, docs]) =>
      Object.keys(docs).map((key) => [place, key] as const),
    );
    expect(keys.filter(([, key]) => !words.has(key))).toEqual([]);
  });
});
