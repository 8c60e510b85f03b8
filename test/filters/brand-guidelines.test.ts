import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brandGuidelines } from '../../src/filters/brand-guidelines.ts';
import { filterArgs, filterResult, reasonOf } from './run-filter.ts';

let root = '';
const file = () => join(root, 'brand.json');

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ringfence-brand-'));
  await chmod(root, 0o700);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(guidelines: unknown): Promise<void> {
  const text = typeof guidelines === 'string' ? guidelines : JSON.stringify(guidelines);
  await writeFile(`${file()}.new`, text, { mode: 0o600 });
  await rename(`${file()}.new`, file());
}

describe('the filter brand_guidelines', () => {
  it('refuses words in any case, phrases over line ends, and patterns, with the message of the file', async () => {
    await write({
      words: ['cheap', 'free gift', 'C++'],
      patterns: ['guarantee[sd]?\\b'],
      message: 'Not in our voice.',
    });
    const filter = await brandGuidelines({ file: file() });
    for (const text of ['So CHEAP!', 'a free\n gift', 'We Guaranteed it', 'in c++', { cheap: 1 }]) {
      expect(await reasonOf(filter, [text])).toBe('Not in our voice.');
    }
    for (const text of ['cheapest', 'free-gift', 'C+', 'größe']) {
      expect(await filterArgs(filter, text)).toBe(text);
    }
  });

  it('takes them out where it is asked to, all of them, once', async () => {
    await write({ words: ['cheap', 'removed', 'gift', 'free gift'], mode: 'redact' });
    const filter = await brandGuidelines({ file: file(), on: ['result'] });
    const once = await filterResult(filter, 'cheap, Cheap and removed: a free gift');
    expect(once).toBe('[removed], [removed] and [removed]: a [removed]');
    expect(await filterResult(filter, once)).toBe(once);
  });

  it('reads the file again when it changes, and refuses while it is broken or gone', async () => {
    await write({ words: ['cheap'] });
    const filter = await brandGuidelines({ file: file() });
    expect(await filterArgs(filter, 'a bargain')).toBe('a bargain');
    await write({ words: ['bargain'] });
    expect(await filterArgs(filter, 'a bargain')).toBe('refused: FILTER_DENIED');
    await write('{"words": [');
    await expect(filterArgs(filter, 'harmless')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await rm(file());
    await expect(filterArgs(filter, 'harmless')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await write({ words: ['cheap'] });
    expect(await filterArgs(filter, 'a bargain')).toBe('a bargain');
  });

  it.each<[string, unknown, string]>([
    ['not JSON', '{"words": [', '`: 1:'],
    ['a key twice', '{"words": ["a"], "words": ["b"]}', '`: 1:'],
    ['an unknown key', { wrods: ['a'] }, 'wrods'],
    ['nothing to look for', { words: [] }, 'names no words and no patterns'],
    ['an empty word', { words: ['a', ' '] }, '/words/1: '],
    [
      'a pattern that looks ahead',
      { patterns: ['a', '(?=b)'] },
      '/patterns/1: the pattern looks ahead',
    ],
    ['a pattern that cannot be read', { patterns: ['('] }, '/patterns/0: '],
  ])('says at the start what is wrong with a file: %s', async (_what, guidelines, message) => {
    await write(guidelines);
    await expect(brandGuidelines({ file: file() })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('takes no file that others can write', async () => {
    await write({ words: ['cheap'] });
    await chmod(file(), 0o666);
    await expect(brandGuidelines({ file: file() })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('chmod'),
    });
  });
});
