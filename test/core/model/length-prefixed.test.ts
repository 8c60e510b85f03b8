import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinKey } from '../../../src/core/model/length-prefixed.ts';

describe('joinKey', () => {
  it('tells apart parts that plain joining would merge', () => {
    expect(joinKey('a:b', 'c')).not.toBe(joinKey('a', 'b:c'));
    expect(joinKey('s1', '0')).not.toBe(joinKey('s', '10'));
    expect(joinKey('')).not.toBe(joinKey());
    expect(joinKey('1:a')).not.toBe(joinKey('a', ''));
  });

  it('gives equal keys to equal lists only', () => {
    const part = fc.string({ unit: fc.constantFrom('0', '1', '2', ':', 'a'), maxLength: 5 });
    const parts = fc.array(part, { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(joinKey(...one) === joinKey(...other)).toBe(isSame);
      }),
      { numRuns: 2000 },
    );
  });

  it('can be read back, so nothing of a part is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (parts) => {
        expect(splitKey(joinKey(...parts))).toEqual(parts);
      }),
    );
  });
});

function splitKey(key: string): readonly string[] {
  const parts: string[] = [];
  for (let rest = key; rest !== '';) {
    const start = rest.indexOf(':') + 1;
    const end = start + Number(rest.slice(0, start - 1));
    parts.push(rest.slice(start, end));
    rest = rest.slice(end);
  }
  return parts;
}
