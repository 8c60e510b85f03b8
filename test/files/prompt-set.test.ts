import { describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { shippedPrompts } from '../../src/core/prompts/shipped.ts';
import type { PromptText } from '../../src/files/prompt-file.ts';
import { readPromptFolder } from '../../src/files/prompt-folder.ts';
import { loadPrompts } from '../../src/files/prompt-set.ts';

const boundary = '0123456789abcdef0123456789abcdef';
const file = (lines: readonly string[], name = 'a.md') => ({ name, text: lines.join('\n') });
const header = ['---', 'name: a', 'version: 1', 'inputs: { who: untrusted, word: text }', '---'];
const body = ['Fixed.', '<!-- inputs -->', 'Hello {{who}}, {{ word }}!'];

function load(...files: PromptText[]) {
  return loadPrompts(files);
}
function problemsOf(...files: PromptText[]) {
  const loaded = load(...files);
  if (loaded.ok) return [];
  return loaded.problems.map((each) => `${each.file}:${each.line}:${each.column}: ${each.message}`);
}
function find(name: string, ...files: PromptText[]) {
  const loaded = load(...files);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.set.find(name);
}

describe('a prompt', () => {
  it('is a fixed system message, and a user message that is filled in', () => {
    const prompt = find('a', file([...header, ...body]));
    expect(prompt.render({ who: 'Bob {{word}}', word: 'hi' }, boundary)).toEqual([
      { role: 'system', text: 'Fixed.' },
      {
        role: 'user',
        text: `Hello <untrusted ${boundary}>\n"Bob {{word}}"\n</untrusted ${boundary}>, hi!`,
      },
    ]);
  });

  it.each([
    ['missing', { who: 'x' }, /was not given its input `word`/u],
    ['unknown', { who: 'x', word: 'y', more: 1 }, /has no input `more`/u],
    ['no text', { who: 'x', word: 7 }, /was given no text for its input `word`/u],
    ['of the prototype', { who: 'x', word: 'y', toString: 'z' }, /has no input `toString`/u],
  ])('refuses an input that is %s', (_what, values, message) => {
    const prompt = find('a', file([...header, ...body]));
    expect(() => prompt.render(values, boundary)).toThrow(message);
  });

  it('includes the body of another, and changes its hash with it', () => {
    const including = file([...header, '{{> part}}', ...body]);
    const part = (text: string) => file(['---', 'name: part', 'version: 1', '---', text], 'p.md');
    const one = find('a', including, part('One.'));
    const other = find('a', including, part('Two.'));
    expect(one.render({ who: '', word: '' }, boundary)[0]?.text).toBe('One.\nFixed.');
    expect(other.hash).not.toBe(one.hash);
  });

  it('is another prompt when an input is of another kind', () => {
    const kinds = ['untrusted', 'facts'].map((kind) =>
      find('a', file([...header.join('\n').replace('untrusted', kind).split('\n'), ...body])),
    );
    expect(kinds[0]?.hash).not.toBe(kinds[1]?.hash);
  });

  it.each([
    ['no header', ['Hello'], 'a.md:1:1: the header is missing'],
    ['a header that does not end', ['---', 'name: a'], 'a.md:1:1: the header is missing'],
    ['no name', ['---', 'version: 1', '---'], 'a.md:2:1: `name`'],
    ['a name of other characters', ['---', 'name: A b', 'version: 1', '---'], 'a.md:2:7: `name`'],
    ['an unknown key', ['---', 'name: a', 'verson: 1', '---'], 'a.md:3:1: unknown key `verson`'],
    ['an alias', ['---', 'name: &x a', 'version: *x', '---'], 'a.md:2:10: anchors are not'],
    [
      'an input of no kind',
      [
        '---',
        'name: a',
        'version: 1',
        'inputs: { who: html }',
        '---',
        '<!-- inputs -->',
        '{{who}}',
      ],
      'a.md:4:16: `inputs.who`: expected `text`, `facts` or `untrusted`',
    ],
    ['an unknown input', [...header, ...body, '{{wohs}}'], 'a.md:9:1: there is no input `wohs`'],
    [
      'an input that is not used',
      [...header, '<!-- inputs -->', '{{who}}'],
      'a.md:1:1: the input `word` is declared and not used',
    ],
    ['an input before the line', [...header, 'x {{who}}', ...body], 'a.md:6:3: `{{…}}` stands'],
    ['braces that begin nothing', [...header, ...body, '{{ Who? }}'], 'a.md:9:1: `{{` begins no'],
    [
      'an include that is not there',
      [...header, '{{> b}}', ...body],
      'a.md:6:1: there is no prompt',
    ],
    [
      'an include of itself',
      [...header, '{{> a}}', ...body],
      'a.md:6:1: the includes make a cycle',
    ],
  ])('is refused with %s', (_what, lines, message) => {
    expect(problemsOf(file(lines)).join('\n')).toContain(message);
  });

  it('is refused in a cycle of includes, with the way', () => {
    const to = (name: string, other: string) =>
      file(['---', `name: ${name}`, 'version: 1', '---', `{{> ${other}}}`], `${name}.md`);
    const said = problemsOf(to('x', 'y'), to('y', 'z'), to('z', 'x'));
    expect(said[0]).toBe(
      'z.md:5:1: the includes make a cycle: `x` -> `y` -> `z` -> `x`; take one of them out',
    );
  });

  it.each([
    ['empty lines', '', 'has more than 1024 includes with those in what it includes'],
    ['lines', 'x', 'has more than 1024 includes with those in what it includes'],
    ['long lines', 'x'.repeat(300), 'is longer than 262144 characters with what it includes'],
  ])('is refused where its includes, each twice, make too much of %s', (_what, last, why) => {
    const names = Array.from({ length: 40 }, (_, n) => `p${n}`);
    const files = names.map((name, n) => {
      const next = n === names.length - 1 ? last : `{{> p${n + 1}}}`;
      return file(['---', `name: ${name}`, 'version: 1', '---', next, next], `${name}.md`);
    });
    const said = problemsOf(...files);
    expect(said).toContainEqual(expect.stringContaining(`: \`p0\` ${why}`));
    expect(said.length).toBeLessThan(50);
  });

  it('may include the same more than once, within bounds', () => {
    const line = 'x'.repeat(1000);
    const part = file(['---', 'name: part', 'version: 1', '---', line], 'part.md');
    const times = (count: number) =>
      file([...header, ...Array.from({ length: count }, () => '{{> part}}'), ...body]);
    expect(problemsOf(part, times(250))).toEqual([]);
    expect(problemsOf(part, times(270))[0]).toContain('`a` is longer than');
  });

  it('is refused when two files have its name, but an override takes its place', () => {
    const one = file([...header, ...body]);
    const two = file([...header, 'Other.', ...body], 'b.md');
    expect(problemsOf(one, two)[0]).toMatch(/^b.md:1:1: `a.md` has the prompt `a` already/u);
    const loaded = loadPrompts([one], [two]);
    expect(loaded.ok && loaded.set.find('a').render({ who: '', word: '' }, boundary)[0]?.text).toBe(
      'Other.\nFixed.',
    );
  });

  it('is refused with a byte order mark, which no editor shows', () => {
    const { text } = file([...header, ...body]);
    expect(problemsOf({ name: 'a.md', text: `\uFEFF${text}` })).toEqual([
      'a.md:1:1: the file begins with a byte order mark; save it as UTF-8 without one',
    ]);
  });

  it('is refused under a name that is nearly that of another, and used by nobody', () => {
    const named = (name: string, ...more: string[]) =>
      file(['---', `name: ${name}`, 'version: 1', '---', 'Text.', ...more], `${name}.md`);
    const shipped = [named('judge-criteria')];
    const slip = loadPrompts(shipped, [named('judge-criterias')]);
    expect(slip).toMatchObject({
      ok: false,
      problems: [
        {
          file: 'judge-criterias.md',
          message: '`judge-criterias` takes the place of no prompt; did you mean `judge-criteria`?',
        },
      ],
    });
    const using = named('judge-criteria', '{{> judge-criteria-2}}');
    expect(loadPrompts(shipped, [using, named('judge-criteria-2')]).ok).toBe(true);
    expect(loadPrompts(shipped, [named('for-later')]).ok).toBe(true);
  });
});

describe('the prompts that ship', () => {
  it('load, each with the inputs that it is filled in with', async () => {
    const shipped = await readPromptFolder(join(import.meta.dirname, '../../prompts'));
    const loaded = loadPrompts(shipped);
    expect(loaded).toMatchObject({ ok: true });
    if (!loaded.ok) return;
    for (const [name, inputs] of Object.entries(shippedPrompts)) {
      expect(Object.fromEntries(loaded.set.find(name).inputs)).toEqual(inputs);
    }
  });

  it('are refused with another input, or with the arguments as trusted', async () => {
    const shipped = await readPromptFolder(join(import.meta.dirname, '../../prompts'));
    const change = (from: string, to: string) =>
      loadPrompts(
        shipped,
        shipped
          .filter(({ name }) => name === 'judge-stage-1.md')
          .map(({ name, text }) => ({ name, text: text.replace(from, to) })),
      );
    expect(change('arguments: untrusted', 'arguments: text')).toMatchObject({
      problems: [
        { message: 'the input `arguments` is `text`; declare it as `arguments: untrusted`' },
      ],
    });
    expect(change('{{arguments}}', '')).toMatchObject({
      problems: [{ message: 'the input `arguments` is declared and not used' }],
    });
  });

  it('says which prompts there are when one is asked for that is not', () => {
    expect(() => find('b', file([...header, ...body]))).toThrow('there is no prompt `b`');
  });
});
