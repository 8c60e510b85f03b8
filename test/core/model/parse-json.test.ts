import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultJsonLimits, locateJson, parseJson } from '../../../src/core/model/parse-json.ts';
import { scanJson } from '../../../src/core/model/scan-json.ts';

function problemOf(text: string, limits = defaultJsonLimits) {
  const parsed = parseJson(text, limits);
  if (parsed.ok) throw new Error(`accepted: ${text.slice(0, 80)}`);
  return { ...parsed.problem, tooLarge: parsed.tooLarge };
}

function valueOf(text: string) {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.value;
}

/** JSON that the strict parser accepts: no `__proto__`, no -0, no large integers, whole characters. */
const strictJson = fc
  .json({ noUnicodeString: false, maxDepth: 6 })
  .filter((text) => !text.includes('__proto__'))
  .map((text) => JSON.stringify(strict(JSON.parse(text))));

function strict(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number') {
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? 0.5 : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(strict);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k.toWellFormed(), strict(v)]));
}

describe('parseJson accepts', () => {
  it.each<[string, unknown]>([
    ['null', null],
    [' [1, -2.5e3, 0.1, true, false, ""] ', [1, -2500, 0.1, true, false, '']],
    ['{"a":{"b":[]},"constructor":1}', { a: { b: [] }, constructor: 1 }],
    ['"\\ud83d\\ude00 \\u0041\\n\\/"', '\u{1f600} A\n/'],
    ['"a:b"', 'a:b'],
    ['{"a:b":"c\\":d","e\\u003a":1}', { 'a:b': 'c":d', 'e:': 1 }],
    ['"\u007f\u0085\u2028"', '\u007f\u0085\u2028'],
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
  ])('%s', (text, value) => {
    expect(valueOf(text)).toEqual(value);
  });

  it('any strict JSON with the value that JSON.parse gives', () => {
    fc.assert(
      fc.property(strictJson, (text) => {
        expect(parseJson(text)).toEqual({ ok: true, value: plusZero(JSON.parse(text)) });
      }),
    );
  });

  it('minus zero as zero, at any depth', () => {
    for (const text of ['-0', '-0.0', '-0e5', '-1e-999']) expect(valueOf(text)).toBe(0);
    expect(valueOf('{"a":[-0]}')).toEqual({ a: [0] });
  });

  it('nesting up to the limit and not one level more', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(parseJson(nested(64)).ok).toBe(true);
    expect(problemOf(nested(65))).toMatchObject({ tooLarge: true, position: { offset: 64 } });
    expect(problemOf('{"a":'.repeat(65)).tooLarge).toBe(true);
    expect(parseJson(nested(1000), { maxBytes: 1e6, maxDepth: 1e9 }).ok).toBe(true);
    expect(problemOf(nested(1001), { maxBytes: 1e6, maxDepth: 1e9 }).tooLarge).toBe(true);
  });

  it('size up to the limit in bytes, not in characters', () => {
    const limits = { maxBytes: 10, maxDepth: 1 };
    expect(parseJson('"12345678"', limits).ok).toBe(true);
    expect(parseJson('"ääää"', limits).ok).toBe(true);
    for (const text of ['"123456789"', '"äääää"', '"😀😀😀"']) {
      expect(problemOf(text, limits)).toMatchObject({ tooLarge: true });
    }
  });
});

function plusZero(value: unknown): unknown {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (Array.isArray(value)) return value.map(plusZero);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plusZero(each)]));
}

describe('parseJson refuses', () => {
  it.each([
    ['{"a":1,"a":2}', 'duplicate key `a`; keep one of them', 7, '/a'],
    ['{"a":1,"\\u0061":2}', 'duplicate key `a`', 7, '/a'],
    ['[{"x":{"k":":","k":"\\u003a"}}]', 'duplicate key `k`', 15, '/0/x/k'],
    ['{"a":[{"b~/c":1,"b~/c":1}]}', 'duplicate key', 16, '/a/0/b~0~1c'],
    ['{"__proto__":1}', '`__proto__` is not allowed', 1, '/__proto__'],
    ['{"\\u005f_proto__":{}}', '`__proto__` is not allowed', 1, '/__proto__'],
    ['"\\ud800"', 'half a surrogate pair', 0, ''],
    ['["\\udc00\\ud800"]', 'half a surrogate pair', 1, '/0'],
    ['{"\ud800":1}', 'half a surrogate pair', 1, ''],
    ['9007199254740992', 'beyond 2^53 - 1', 0, ''],
    ['[-9007199254740993.0]', 'beyond 2^53 - 1', 1, '/0'],
    ['1e20', 'beyond 2^53 - 1', 0, ''],
    ['{"n":1e999}', 'too large', 5, '/n'],
    ['\uFEFF{}', 'byte order mark', 0, ''],
    ['{} {}', 'more text follows', 3, ''],
    ['', 'expected a JSON value but the text ends', 0, ''],
    ['nullx', 'expected a JSON value', 0, ''],
    ['NaN', 'expected a JSON value', 0, ''],
    ['undefined', 'expected a JSON value', 0, ''],
    ['01', 'expected a JSON value', 0, ''],
    ['+1', 'expected a JSON value', 0, ''],
    ['.5', 'expected a JSON value', 0, ''],
    ['1.', 'expected a JSON value', 0, ''],
    ['0x10', 'expected a JSON value', 0, ''],
    ['[1,]', 'remove the comma', 3, '/1'],
    ['{"a":1,}', 'remove the comma', 7, ''],
    ["{'a':1}", 'quote with `"`', 1, ''],
    ['{"a" 1}', '`:` after the key', 5, '/a'],
    ['[1 2]', '`,` or `]`', 3, ''],
    ['{"a":1', '`,` or `}` but the text ends', 6, ''],
    ['[1 // one\n]', 'no comments', 3, ''],
    ['"abc', 'ends inside a string', 0, ''],
    ['"a\\', 'unknown escape', 2, ''],
    ['"\\x41"', 'unknown escape', 1, ''],
    ['"\\u12g4"', 'unknown escape', 1, ''],
    ['"a\nb"', 'control character', 2, ''],
    ['"a\u0000b"', 'control character', 2, ''],
    ['[1]\u00a0', 'more text follows', 3, ''],
  ])('%j', (text, message, offset, pointer) => {
    const problem = problemOf(text);
    expect(problem.message).toContain(message);
    expect(problem).toMatchObject({ position: { offset }, pointer, tooLarge: undefined });
  });

  it('what JSON.parse refuses, always', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('{}[]",:0-1.eE\\u/ntrls \n')) }),
        (text) => {
          const native = readNatively(text);
          expect(parseJson(text).ok && !native.ok).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('a duplicate key wherever it is put and however it is spelt', () => {
    const members = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(members, fc.nat(), strictJson, (keys, pick, value) => {
        const again = spell(keys[pick % keys.length] ?? '');
        const text = `[{${[...keys.map((key) => JSON.stringify(key)), again]
          .map((key) => `${key}:${value}`)
          .join()}}]`;
        expect(parseJson(text).ok).toBe(false);
      }),
    );
  });

  it('100,000 levels without touching the end of the stack', () => {
    for (const open of ['[', '{"a":', '[{"a":']) {
      const problem = problemOf(open.repeat(100_000));
      expect(problem).toMatchObject({ tooLarge: true });
    }
    const closed = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(problemOf(closed).message).toBe('nested deeper than 64 levels; send a flatter value');
  });

  it('10 MB before it reads them', () => {
    const problem = problemOf(`"${'x'.repeat(10_000_000)}"`);
    expect(problem).toMatchObject({ tooLarge: true, position: { line: 1, column: 1 } });
    expect(problem.message).toBe('more than 1048576 bytes of JSON; send less');
  });

  it('without showing values, and keys only shortened and escaped', () => {
    expect(problemOf('{"a":"s3cret" "b"}').message).not.toContain('s3cret');
    const key = `\u202e\`${'k'.repeat(500)}`;
    const { message } = problemOf(`{${JSON.stringify(key)}:1,${JSON.stringify(key)}:2}`);
    expect(message).toContain('\\u{202e}\\u{60}kkk');
    expect(message.length).toBeLessThan(140);
  });
});

/** A key written with an escape for each code unit. */
function spell(key: string): string {
  const units = key.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
}

function readNatively(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

describe('the quick and the strict way', () => {
  it('agree on what they accept', () => {
    const unit = fc.constantFrom(
      ...Array.from('{}[]",:01-.ea\\ \u00e4'),
      '\\u0061',
      '"a":',
      '-0',
      '"__proto__":',
    );
    fc.assert(
      fc.property(fc.oneof(strictJson, fc.json(), fc.string({ unit, maxLength: 20 })), (text) => {
        let slow: unknown;
        try {
          slow = { ok: true, value: scanJson(text, { maxDepth: 64 }) };
        } catch {
          slow = undefined;
        }
        const parsed = parseJson(text);
        expect(parsed.ok ? parsed : undefined).toEqual(slow);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('locateJson', () => {
  const text = '{\n  "a/b": [1,\r\n    {"m~n": true}],\n  "": null\n}';

  it.each([
    ['', 'value', 1, 1],
    ['', 'key', 1, 1],
    ['/a~1b', 'key', 2, 3],
    ['/a~1b', 'value', 2, 10],
    ['/a~1b/0', 'value', 2, 11],
    ['/a~1b/1/m~0n', 'key', 3, 6],
    ['/a~1b/1/m~0n', 'value', 3, 13],
    ['/', 'key', 4, 3],
  ] as const)('finds the %s of %s', (pointer, what, line, column) => {
    expect(locateJson(text, pointer, what)).toMatchObject({ line, column });
  });

  it('answers nothing for places that are not there', () => {
    for (const pointer of ['/x', '/a~1b/2', '/a~1b/00', 'a', '/a~2b', '/a~1b/0/0']) {
      expect(locateJson(text, pointer, 'value')).toBeUndefined();
    }
  });

  it('finds what stands before a fault', () => {
    expect(locateJson('{"a":1,"b":oops}', '/a', 'value')).toMatchObject({ offset: 5 });
    expect(locateJson('{"b":oops,"a":1}', '/a', 'value')).toBeUndefined();
  });
});
