import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPrintable, toPrintableJson } from '../../src/cli/printable.ts';

describe('printable text', () => {
  it.each([
    ['\u001b[2J', '\\u001b[2J'],
    ['a\u202eb', 'a\\u202eb'],
    ['\u009b1m', '\\u009b1m'],
    ['a\nb\r', 'a\\u000ab\\u000d'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['\u200b\u2028\ufeff', '\\u200b\\u2028\\ufeff'],
    ['grüße 漢字 🙂', 'grüße 漢字 🙂'],
  ])('shows %j as %s', (text, shown) => {
    expect(toPrintable(text)).toBe(shown);
  });

  it('keeps JSON the same value, without anything a terminal would act on', () => {
    const json = fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(json, fc.nat(2), (source, indent) => {
        const text = toPrintableJson(JSON.parse(source), indent);
        expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text.replaceAll('\n', ''))).toBe(false);
        expect(JSON.parse(text)).toEqual(JSON.parse(source));
      }),
    );
  });
});
