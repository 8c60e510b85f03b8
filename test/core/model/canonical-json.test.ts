import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/core/model/canonical-json.ts';
import type { Json } from '../../../src/core/model/json.ts';

const key = fc.oneof(
  fc.stringMatching(/^[a-zA-Z_]{1,6}$/),
  fc.constantFrom('7', '10', '__proto__', ''),
);
const leaf: fc.Arbitrary<Json> = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.string(),
  fc.constant(null),
);
const members = (max: number, value: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
  fc
    .uniqueArray(fc.tuple(key, value), { maxLength: max, selector: ([name]) => name })
    .map((entries) => Object.fromEntries(entries));

describe('canonical JSON of objects with many keys', () => {
  it('is that of canonicalize, however many there are and at every depth', () => {
    const nested = members(30, fc.oneof(leaf, members(30, leaf), fc.array(members(4, leaf))));
    fc.assert(
      fc.property(nested, (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
    );
  });

  it.each([0, 1, 11, 12, 13, 24, 25, 36, 100])('writes %i keys in order', (count) => {
    const keys = Array.from({ length: count }, (_, i) => `k${String(i).padStart(3, '0')}`);
    const object = Object.fromEntries(keys.toReversed().map((name) => [name, name]));
    const text = keys.map((name) => `"${name}":"${name}"`).join(',');
    expect(canonicalJson(object)).toBe(`{${text}}`);
  });
});
