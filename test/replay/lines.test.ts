import { array, assert, asyncProperty, boolean, string } from 'fast-check';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLines, type Line } from '../../src/cli/trace-lines.ts';
import { folderWith } from './trace.ts';

async function linesOf(path: string, maxBytes?: number): Promise<readonly Line[]> {
  const all: Line[] = [];
  for await (const { lines } of readLines(path, maxBytes)) all.push(...lines);
  return all;
}

describe('readLines', () => {
  it('gives every line with its number, whatever the text', async () => {
    const folder = await folderWith([]);
    const path = join(folder, 'text');
    const line = string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''));
    await assert(
      asyncProperty(array(line), boolean(), async (texts, ends) => {
        await writeFile(path, texts.join('\n') + (ends ? '\n' : ''));
        const expected = texts.map((text, at) => ({ number: at + 1, text }));
        expect(await linesOf(path)).toEqual(expected.filter(({ text }) => text.trim() !== ''));
      }),
      { numRuns: 60 },
    );
  });

  it('joins a line over chunks, and passes over one that is too long', async () => {
    const long = 'ä'.repeat(1_500_000);
    const folder = await folderWith(['a', long, 'b']);
    const path = join(folder, 'trace.jsonl');
    expect(await linesOf(path)).toEqual([
      { number: 1, text: 'a' },
      { number: 2, text: long },
      { number: 3, text: 'b' },
    ]);
    expect(await linesOf(path, 1000)).toEqual([
      { number: 1, text: 'a' },
      { number: 2, problem: expect.stringContaining('longer than 1000 bytes') },
      { number: 3, text: 'b' },
    ]);
  });
});
