import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sealJson, sha256Hex } from '../../../src/core/model/seal-json.ts';
import type { Json } from '../../../src/core/model/json.ts';
import { SupervisionError } from '../../../src/core/model/errors.ts';
import { parseJson } from '../../../src/core/model/parse-json.ts';

/** JSON values of every kind, with keys like `10` that engines reorder. */
const anyJson = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger().map((n) => n || 0),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Number.isInteger(n) ? 0.5 : n)),
    fc.string({ unit: 'binary' }),
    fc.array(tie('json'), { maxLength: 6 }),
    fc.dictionary(
      fc
        .oneof(
          fc.string({ unit: 'binary' }),
          fc.nat().map(String),
          fc.constantFrom('', 'é', 'toJSON'),
        )
        .filter((key) => key !== '__proto__'),
      tie('json'),
      { maxKeys: 30, noNullPrototype: true },
    ),
  ),
})).json;

function errorOf(value: unknown, limits?: Parameters<typeof sealJson>[1]): SupervisionError {
  try {
    sealJson(value, limits);
  } catch (error) {
    if (error instanceof SupervisionError) return error;
    throw error;
  }
  throw new Error('sealed');
}

function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen);
}

describe('sealJson of any JSON', () => {
  it('writes what the canonicalize package writes', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const { canonical } = sealJson(value);
        expect(canonical).toBe(canonicalize(value));
        expect(canonicalJson(value)).toBe(canonical);
      }),
      { numRuns: 500 },
    );
  });

  it('gives a frozen copy equal to the source and to its own text, which stays strict JSON', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const sealed = sealJson(value);
        expect(sealed.value).toEqual(value);
        expect(JSON.parse(sealed.canonical)).toEqual(value);
        expect(parseJson(sealed.canonical)).toEqual({ ok: true, value });
        expect(isDeepFrozen(sealed.value)).toBe(true);
        expect(sealJson(sealed.value)).toEqual(sealed);
      }),
    );
  });

  it('does not change with its source', () => {
    const source = { a: [1, { b: 2 }], c: { d: 'x' } };
    const { value, canonical } = sealJson(source);
    source.a.push(3);
    source.c.d = 'y';
    expect(value).toEqual({ a: [1, { b: 2 }], c: { d: 'x' } });
    expect(JSON.stringify(value)).toBe(canonical);
  });

  it('sees the same arguments in any order of keys', () => {
    const one = sealJson({ b: 1, a: { 10: 1, 9: 2 } });
    const other = sealJson({ a: { 9: 2, 10: 1 }, b: 1 });
    expect(one.canonical).toBe('{"a":{"10":1,"9":2},"b":1}');
    expect(other).toEqual(one);
  });

  it('sorts keys by UTF-16 code units however many there are', () => {
    const keys = Array.from(
      { length: 60 },
      (_, i) => `${String.fromCodePoint(0x1f600 - i * 997)}k`,
    );
    const value = Object.fromEntries(keys.map((key) => [key, 1]));
    expect(sealJson(value).canonical).toBe(canonicalize(value));
  });
});

describe('sealJson takes', () => {
  it.each<[string, unknown, string]>([
    ['undefined members, by leaving them out', { a: undefined, b: 1 }, '{"b":1}'],
    ['objects without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['minus zero, as zero', { a: -0, b: [-0] }, '{"a":0,"b":[0]}'],
    [
      'names of prototype members',
      { constructor: 1, toString: 2 },
      '{"constructor":1,"toString":2}',
    ],
    ['a member toJSON that is data', { toJSON: 'x' }, '{"toJSON":"x"}'],
    ['backslashes before a `ud`', { a: '\\ud800' }, '{"a":"\\\\ud800"}'],
    ['the same object in two places', [{ a: 1 }].flatMap((x) => [x, x]), '[{"a":1},{"a":1}]'],
    ['a primitive', 'é\u0000', '"é\\u0000"'],
  ])('%s', (_, value, canonical) => {
    expect(sealJson(value).canonical).toBe(canonical);
  });

  it('each property of a getter or proxy exactly once', () => {
    const reads: string[] = [];
    const changing = new Proxy(
      { b: [1], a: 'x', toJSON: 1 },
      {
        get: (target, key, self) => {
          reads.push(String(key));
          return Reflect.get(target, key, self);
        },
      },
    );
    expect(sealJson(changing).value).toEqual({ a: 'x', b: [1], toJSON: 1 });
    expect(reads).toEqual(['a', 'b', 'toJSON']);
  });

  it('what a getter gave the first time, in copy and text alike', () => {
    let n = 0;
    const { value, canonical } = sealJson({
      get amount() {
        n += 1;
        return n;
      },
    });
    expect(value).toEqual({ amount: 1 });
    expect(canonical).toBe('{"amount":1}');
  });
});

class Money {
  readonly cents = 1;
}

describe('sealJson refuses', () => {
  const sparse: unknown[] = [1];
  sparse[2] = 3;
  const speaking = Object.defineProperty({ a: 1 }, 'toJSON', { value: () => ({ a: 2 }) });
  const proto: unknown = JSON.parse('{"a":{"__proto__":{"x":1}}}');

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'the value is of type undefined'],
    ['undefined in an array', { a: [undefined] }, '`/a/0` is of type undefined'],
    ['holes', { a: sparse }, '`/a/1` is of type undefined'],
    ['functions', { a: () => 1 }, '`/a` is of type function'],
    ['symbols', [Symbol('x')], '`/0` is of type symbol'],
    ['big integers', { a: { b: 1n } }, '`/a/b` is of type bigint'],
    ['NaN', { a: Number.NaN }, '`/a` is NaN or infinite'],
    ['infinity', [-Infinity], '`/0` is NaN or infinite'],
    ['integers beyond 2^53 - 1', { a: 2 ** 53 }, '`/a` is an integer beyond 2^53 - 1'],
    ['1e300', 1e300, 'the value is an integer beyond'],
    ['dates', { when: new Date(0) }, '`/when` is a Date; pass its `toISOString()`'],
    ['maps', new Map([['a', 1]]), 'the value is a Map'],
    ['sets', { a: new Set([1]) }, '`/a` is a Set'],
    ['instances', { price: new Money() }, '`/price` is an instance of a class'],
    ['errors', [new Error('x')], '`/0` is an instance of a class'],
    ['buffers', [Buffer.from('x')], '`/0` is an instance of a class'],
    ['boxed numbers', [Object(1)], '`/0` is an instance of a class'],
    ['boxed texts', [Object('x')], '`/0` is an instance of a class'],
    ['subclasses of Array', new (class extends Array {})(), 'the value is an instance of a class'],
    ['a hidden toJSON', speaking, 'speaks for itself by `toJSON`'],
    ['a toJSON of its own', { toJSON: () => 1 }, '`/toJSON` is of type function'],
    ['an array with a toJSON', Object.assign([1], { toJSON: () => 2 }), 'by `toJSON`'],
    ['an array with a hidden toJSON', hiddenToJson([1]), 'by `toJSON`'],
    ['half surrogates', { a: ['\ud83d'] }, '`/a/0` holds half a surrogate pair'],
    ['half surrogates in keys', { '\udc00': 1 }, 'has a key with half a surrogate pair'],
    ['__proto__ keys', proto, '`/a/__proto__` has a key that JSON tools disagree on'],
  ])('%s', (_, value, message) => {
    const error = errorOf(value);
    expect(error.code).toBe('ARGS_INVALID');
    expect(error.message).toContain(message);
  });

  it('cycles, saying from where to where they lead', () => {
    const cyclic = { list: [{ up: {} }] };
    cyclic.list.push({ up: cyclic.list });
    expect(errorOf(cyclic)).toMatchObject({
      code: 'ARGS_INVALID',
      message: 'the value at `/list/1/up` leads back to `/list`; pass data without cycles',
    });
    const self: { self?: unknown } = {};
    self.self = self;
    expect(errorOf(self).message).toContain('`/self` leads back to ``');
  });

  it('a getter or proxy that throws, keeping the cause', () => {
    const cause = new Error('secret text');
    const fails = () => {
      throw cause;
    };
    for (const value of [
      { a: Object.defineProperty({}, 'b', { enumerable: true, get: fails }) },
      { a: { b: new Proxy({}, { ownKeys: fails }) } },
      { a: { b: new Proxy({}, { getPrototypeOf: fails }) } },
    ]) {
      const error = errorOf(value);
      expect(error).toMatchObject({ code: 'ARGS_INVALID', cause });
      expect(error.message).toContain('`/a/b` cannot be read');
      expect(error.message).not.toContain('secret');
    }
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(errorOf([proxy]).message).toContain('`/0` cannot be read');
  });

  it('depth beyond the limit, 100,000 levels included', () => {
    const nest = (depth: number) => {
      let value: unknown = 1;
      for (let i = 0; i < depth; i += 1) value = { a: value };
      return value;
    };
    expect(sealJson(nest(64)).canonical).toHaveLength(64 * 6 + 1);
    for (const depth of [65, 100_000]) {
      const error = errorOf(nest(depth));
      expect(error.code).toBe('ARGS_TOO_LARGE');
      expect(error.message).toMatch(/^the value at `[/a…]+` is nested deeper than 64 levels; /);
    }
    const hostile = errorOf(nest(100_000), { maxBytes: 1e9, maxDepth: 1e9 });
    expect(hostile.code).toBe('ARGS_TOO_LARGE');
  });

  it('size beyond the limit, counted in bytes of the text', () => {
    const limits = { maxBytes: 10, maxDepth: 4 };
    expect(sealJson(['ääää'].join(''), limits).canonical).toBe('"ääää"');
    for (const value of ['äääää', '123456789', [1, 2, 3, 4, 5], { abcd: 1, e: 2 }, '\n\n\n\n\n']) {
      expect(errorOf(value, limits).code).toBe('ARGS_TOO_LARGE');
    }
  });

  it('small graphs that unfold into huge texts, at once', () => {
    let wide: unknown = { leaf: 'x'.repeat(100) };
    for (let i = 0; i < 60; i += 1) wide = [wide, wide];
    const text = 'x'.repeat(1_000_000);
    const endless = new Proxy([], {
      get: (_, key) => (key === 'length' ? Number.MAX_SAFE_INTEGER : 1),
    });
    for (const value of [wide, Array.from({ length: 1000 }, () => text), endless]) {
      expect(errorOf(value).code).toBe('ARGS_TOO_LARGE');
    }
  });

  it('without showing values, and long paths only shortened', () => {
    const error = errorOf({ [`${'k'.repeat(500)}\u202e`]: { secret: 's3cret', bad: 1n } });
    expect(error.message).not.toContain('s3cret');
    expect(error.message.length).toBeLessThan(320);
  });
});

function hiddenToJson(array: readonly number[]): readonly number[] {
  return Object.defineProperty([...array], 'toJSON', { value: () => [2] });
}

describe('canonicalJson', () => {
  it('refuses numbers that JSON cannot hold', () => {
    for (const number of [Number.NaN, Infinity]) {
      expect(() => canonicalJson({ a: [number] })).toThrow(/NaN or infinite/);
    }
  });

  const vectors = join(import.meta.dirname, '../../../../shared/vectors/jcs');
  const names = existsSync(vectors) ? readdirSync(join(vectors, 'input')) : [];
  if (names.length === 0) console.log(`skipped: no RFC 8785 vectors at ${vectors}`);
  it.skipIf(names.length === 0).each(names.length === 0 ? ['none'] : names)(
    'passes the RFC 8785 vector %s',
    (name) => {
      const read = (folder: string) => readFileSync(join(vectors, folder, name), 'utf8');
      expect(canonicalJson(JSON.parse(read('input')))).toBe(read('output'));
    },
  );
});

it('sha256Hex hashes UTF-8', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256Hex('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
});
