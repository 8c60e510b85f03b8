import { describe, expect, it } from 'vitest';
import { compileLinearRegex, findRegexFault } from '../../../src/core/model/linear-regex.ts';

describe('linear regular expressions', () => {
  it.each([
    ['', /is empty/],
    ['a'.repeat(3000), /at most 2048 characters/],
    ['(?=a)b', /looks ahead/],
    ['(?<!a)b', /looks ahead or behind/],
    ['(a)\\1', /refers back/],
    ['\\u00e9', /\\x\{00e9\}/],
    ['a{2000}', /repetition/],
    ['((a{30}){30}){30}', /repetition/],
    ['(abcdefgh){900}', /too large/],
    ['(', /missing closing \); write it in the syntax of RE2/],
    ['[z-a]', /class range/],
  ])('says what is wrong with %.20s', (pattern, message) => {
    expect(findRegexFault(pattern)).toMatch(message);
  });

  it('never repeats the pattern in what it says', () => {
    expect(findRegexFault('hunter2(')).not.toContain('hunter2');
  });

  it('searches anywhere unless it is anchored', () => {
    expect(compileLinearRegex('b+').test('abbc')).toBe(true);
    expect(compileLinearRegex('^b+$').test('abbc')).toBe(false);
    expect(compileLinearRegex('^b+$').test('bb')).toBe(true);
    expect(compileLinearRegex('^b+$').test('bb\n')).toBe(false);
    expect(compileLinearRegex('B', { ignoreCase: true }).test('abc')).toBe(true);
    expect(compileLinearRegex('B').test('abc')).toBe(false);
  });

  it('answers patterns that backtrack elsewhere, and refuses texts beyond its bound', () => {
    expect(findRegexFault('^(a+)+$')).toBeUndefined();
    const regex = compileLinearRegex('^(a+)+$');
    const started = performance.now();
    expect(regex.test(`${'a'.repeat(100_000)}b`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(compileLinearRegex('[ab]{900}c').test('a'.repeat(100_000))).toBeUndefined();
  });

  it('finds every place, in the units of the text, and gives up where that grows too long', () => {
    expect(compileLinearRegex('\\d+').findAll('👍12 and 345')).toEqual([
      { start: 2, end: 4 },
      { start: 9, end: 12 },
    ]);
    expect(compileLinearRegex('x*').findAll('axb')).toEqual([{ start: 1, end: 2 }]);
    expect(compileLinearRegex('a[^z]*z|a').findAll('a'.repeat(20_000))).toBeUndefined();
  });
});
