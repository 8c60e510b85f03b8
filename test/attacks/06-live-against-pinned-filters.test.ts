import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Filter } from '../../src/core/model/extension.ts';
import { isJsonObject, toText } from '../../src/core/model/json.ts';
import { startBench } from '../support/harness.ts';
import { allow, answerAll, codeOf, countingTool, review, ticketOf } from '../support/tools.ts';

const rule = { ...review('post'), filters: ['brand', 'trim'] };

/** A filter that looks words up which may change, and one that rewrites and is asked once. */
function filters() {
  const banned = new Set<string>();
  const asked: string[] = [];
  let added = '';
  const brand: Filter = {
    name: 'brand',
    before: async (args) => {
      asked.push('brand');
      const text = isJsonObject(args) ? toText(args['text']) : '';
      if (added !== '') return { text: text + added };
      if (!banned.has(text)) return args;
      return { verdict: 'deny', by: 'brand', code: 'FILTER_DENIED', reason: 'not this word' };
    },
  };
  const trim: Filter = {
    name: 'trim',
    before: async (args) => {
      asked.push('trim');
      return isJsonObject(args) ? { text: `${toText(args['text'])}!` } : args;
    },
  };
  const late: Filter = { name: 'late', before: async () => ({ text: 'to evil.example' }) };
  const add = (text: string): void => {
    added = text;
  };
  return { banned, asked, add, all: [brand, trim, late] };
}

async function open() {
  const given = filters();
  const bench = await startBench([rule], { filters: given.all });
  const post = countingTool(bench.hypervisor, 'post');
  const ticket = ticketOf(await post.attempt({ text: 'cheap' }, { waitMs: 0 }));
  await answerAll(bench.hypervisor);
  return { ...given, ...bench, post, resume: () => post.tool.resume(ticket) };
}

describe('class 6, live against pinned: a filter at a redemption', () => {
  it('is asked again if it only looked, and not if it rewrote', async () => {
    const { asked, post, resume } = await open();
    expect(codeOf(await resume())).toBe('done');
    expect(post.runs).toEqual([{ text: 'cheap!' }]);
    expect(asked).toEqual(['brand', 'trim', 'brand']);
  });

  it('denies by what it knows now', async () => {
    const { banned, post, resume } = await open();
    banned.add('cheap!');
    expect(codeOf(await resume())).toBe('FILTER_DENIED');
    expect(post.runs).toEqual([]);
  });

  it('changes nothing of what a person approved', async () => {
    const { add, post, resume } = await open();
    add(' to evil.example');
    expect(codeOf(await resume())).toBe('FILTER_DENIED');
    expect(post.runs).toEqual([]);
  });

  it('changes nothing either if a rule asks for it since then', async () => {
    const { setRules, post, resume } = await open();
    setRules([rule, { ...allow('post'), filters: ['late'] }]);
    expect(codeOf(await resume())).toBe('FILTER_DENIED');
    expect(post.runs).toEqual([]);
  });
});

describe('class 5, check, then act: arguments that a filter rewrites', () => {
  const to = (text: unknown): Filter => ({
    name: 'brand',
    before: async () => ({ text }) as never,
  });
  const runWith = async (schema: z.ZodType, text: unknown) => {
    const bench = await startBench(
      [{ name: 'a', condition: { tool: 'post' }, approval: 'auto_approve', filters: ['brand'] }],
      { filters: [to(text)] },
    );
    const { attempt, runs } = countingTool(bench.hypervisor, 'post', { schema });
    return [codeOf(await attempt({ text: 'a' })), runs];
  };

  it('still are what the schema of the tool takes, or the call is refused', async () => {
    const schema = z.strictObject({ text: z.string().max(5) });
    expect(await runWith(schema, 'b')).toEqual(['done', [{ text: 'b' }]]);
    expect(await runWith(schema, 'longer')).toEqual(['FILTER_FAILED', []]);
    expect(await runWith(schema, 5)).toEqual(['FILTER_FAILED', []]);
    const slow = z.strictObject({ text: z.string().refine(async (text) => text !== 'c') });
    expect(await runWith(slow, 'b')).toEqual(['done', [{ text: 'b' }]]);
    expect(await runWith(slow, 'c')).toEqual(['FILTER_FAILED', []]);
  });

  it('are not changed once more by a schema', async () => {
    const trims = z.strictObject({ text: z.string().trim() });
    expect(await runWith(trims, 'b')).toEqual(['done', [{ text: 'b' }]]);
    expect(await runWith(trims, ' b')).toEqual(['FILTER_FAILED', []]);
  });
});
