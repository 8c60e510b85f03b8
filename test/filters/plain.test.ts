import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlEscape } from '../../src/filters/html-escape.ts';
import { maxLength } from '../../src/filters/max-length.ts';
import { filterArgs, filterResult, reasonOf } from './run-filter.ts';

describe('the filter max_length', () => {
  it('refuses by default what is longer than 10,000 characters', async () => {
    expect(await filterArgs(maxLength(), { a: 'x'.repeat(10_000) })).toEqual({
      a: 'x'.repeat(10_000),
    });
    expect(await reasonOf(maxLength(), { a: ['x'.repeat(10_001)] })).toBe(
      'the arguments are too long; make them shorter',
    );
    expect(await filterResult(maxLength(), Array(11).fill('x'.repeat(10_000)))).toBe(
      'refused: FILTER_DENIED',
    );
  });

  it('cuts where it is asked to, the first strings last, and never half a character', async () => {
    const filter = maxLength({ maxStringChars: 3, maxTotalChars: 6, mode: 'truncate' });
    expect(await filterArgs(filter, { a: 'four', b: 'xy😀', c: 'z' })).toEqual({
      a: 'fou',
      b: '',
      c: '',
    });
    expect(await filterArgs(filter, ['ab😀', 'xyz!', 'z'])).toEqual(['ab', 'xyz', 'z']);
  });

  it('refuses where keys alone are too much', async () => {
    const filter = maxLength({ maxStringChars: 3, mode: 'truncate' });
    expect(await filterArgs(filter, { four: 1 })).toBe('refused: FILTER_DENIED');
  });

  it('cuts once: what is left is left', async () => {
    const filter = maxLength({ maxStringChars: 5, maxTotalChars: 12, mode: 'truncate' });
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const once = await filterArgs(filter, JSON.parse(JSON.stringify(value)));
        if (once === 'refused: FILTER_DENIED') return;
        expect(await filterArgs(filter, once)).toEqual(once);
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN])('takes a bound of %s for an error', (maxStringChars) => {
    expect(() => maxLength({ maxStringChars })).toThrow('expected a whole number of at least 1');
  });
});

describe('the filter html_escape', () => {
  it('makes text of strings and keys', async () => {
    const args = { '<b>': [`<img src="x" onerror='y'> &amp;`], n: 1 };
    expect(await filterArgs(htmlEscape(), args)).toEqual({
      '&lt;b&gt;': ['&lt;img src=&quot;x&quot; onerror=&#x27;y&#x27;&gt; &amp;amp;'],
      n: 1,
    });
  });

  it('leaves the side alone that it is not set to', async () => {
    expect(await filterArgs(htmlEscape({ on: ['result'] }), '<')).toBeUndefined();
    expect(await filterResult(htmlEscape({ on: ['result'] }), '<')).toBe('&lt;');
  });
});
