import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalName, type NameKind } from '../../src/core/model/names.ts';
import { SupervisionError } from '../../src/core/model/errors.ts';

const folded: readonly NameKind[] = ['tool', 'action', 'agent', 'role'];
const kinds: readonly NameKind[] = [...folded, 'session'];

function refusal(kind: NameKind, name: string): string {
  try {
    canonicalName(kind, name);
  } catch (error) {
    if (error instanceof SupervisionError && error.code === 'NAME_INVALID') return error.message;
    throw error;
  }
  throw new Error(`accepted as ${kind}: ${JSON.stringify(name)}`);
}

/** The canonical form, or undefined where the name is refused. */
function canonicalOrNot(kind: NameKind, name: string): string | undefined {
  try {
    return canonicalName(kind, name);
  } catch {
    return undefined;
  }
}

describe('class 9, names: one spelling', () => {
  it.each([
    ['Send_Mail', 'send_mail'],
    ['SEND_MAIL', 'send_mail'],
    ['\uff53\uff45\uff4e\uff44', 'send'], // full width
    ['\u{1d42c}\u{1d41e}nd', 'send'], // mathematical bold
    ['\ufb01le', 'file'], // ligature
    ['\u24e2end', 'send'], // circled
    ['\u017fend', 'send'], // long s
    ['\u212aill', 'kill'], // Kelvin sign
    ['k\u0131ll', 'kill'], // dotless i
    ['k\u0130ll', 'kill'], // dotted capital i
    ['ki\u0307ll', 'kill'], // a second dot on the i
    ['stra\u00dfe', 'strasse'],
    ['caf\u0065\u0301', 'caf\u00e9'],
    ['send\u00a0mail', 'send mail'],
    ['constructor', 'constructor'],
  ])('%j is %j', (name, canonical) => {
    for (const kind of folded) expect(canonicalName(kind, name)).toBe(canonical);
  });

  it.each([
    '发送邮件',
    'send発注メール',
    '이메일_보내기',
    'メール送信',
    'إرسال',
    'שלח-mail',
    'ส่งอีเมล',
    'отправить_письмо',
    'στείλε',
    'ուղարկել',
    'ᏣᎳᎩ'.toLowerCase(),
    'भेजें',
    'ərizə',
    'größe_2',
    'naïve café',
    'a.b/c:d-e_f',
    '42',
    '🚀',
  ])('%s is a plain name', (name) => {
    expect(canonicalOrNot('tool', name)).toBeDefined();
  });

  it('keeps the spelling of session ids', () => {
    for (const id of ['Sess-ABC', '550e8400-E29B', '\uff53', 'сора', 'ßI']) {
      expect(canonicalName('session', id)).toBe(id);
    }
    expect(refusal('session', 'cafe\u0301')).toContain('normal form C');
    expect(refusal('session', 'a\u00a0b')).toContain('U+00A0');
  });
});

describe('class 9, names: refused', () => {
  it.each([
    ['', 'is empty'],
    [' send', 'white space'],
    ['send ', 'white space'],
    ['send\n', 'U+000A'],
    ['send\r\nmail', 'U+000D'],
    ['se\u0000nd', 'U+0000'],
    ['se\u007fnd', 'U+007F'],
    ['se\u0085nd', 'U+0085'],
    ['se\u200bnd', 'U+200B'], // zero width space
    ['se\u200dnd', 'U+200D'], // zero width joiner
    ['se\u2060nd', 'U+2060'],
    ['\ufeffsend', 'U+FEFF'],
    ['se\u00adnd', 'U+00AD'], // soft hyphen
    ['se\u202end', 'U+202E'], // right-to-left override
    ['se\u2066nd', 'U+2066'],
    ['se\u034fnd', 'U+034F'], // grapheme joiner
    ['se\ufe0fnd', 'U+FE0F'], // variation selector
    ['se\u{e0041}nd', 'U+E0041'], // tag
    ['se\u3164nd', 'U+3164'], // Hangul filler
    ['se\u2800nd', 'U+2800'], // Braille blank
    ['se\u2028nd', 'U+2028'],
    ['se\u2029nd', 'U+2029'],
    ['se\ue000nd', 'U+E000'], // private use
    ['se\u0378nd', 'U+0378'], // unassigned
    ['se\ud800nd', 'U+D800'],
    ['\u0301send', 'combining mark'],
    ['x'.repeat(257), 'longer than 256'],
    ['x'.repeat(10_000_000), 'longer than 256'],
  ])('%j for every kind', (name, message) => {
    for (const kind of kinds) expect(refusal(kind, name)).toContain(message);
  });

  it.each([
    'sеnd', // Cyrillic е
    'pаy_invoice', // Cyrillic а
    'read_filе',
    'sοnd', // Greek omicron
    'ѕend', // Cyrillic ѕ
    'օpen', // Armenian օ
    'Ꭺdmin', // Cherokee
    'ⲟpen', // Coptic
    'ꓢend', // Lisu
    'бот-gpt', // honest, but one name mixes both alphabets
    'µservice', // micro sign, which is Greek
    'lоg\u0966', // Devanagari zero
    'log\u0966',
    'lסg', // Hebrew samekh inside a Latin word
    'ɡet', // script g
    'ᴀdmin', // small capital
    'сора', // all Cyrillic
    'ѕсоре',
    'ехес',
    'СОРА', // capitals, folded first
    'оо_42',
    'ορο', // all Greek
    'օս', // all Armenian
    'ᎪᎠᎷ'.slice(0, 2), // all Cherokee
    'ꓢꓰꓠꓓ', // all Lisu
    'сοра', // Cyrillic with one Greek letter
    'привет\u03b1',
    'send  mail',
    '\ufdfa'.repeat(40), // 18 characters each once normalised
  ])('%j for names that are folded', (name) => {
    for (const kind of folded) expect(refusal(kind, name)).toMatch(/; (?:use|shorten|rename)/);
  });

  it('values that are no text', () => {
    for (const name of [undefined, null, 7, {}, ['a']]) {
      // a caller in plain JavaScript is not held by the types
      expect(refusal('tool', name as string)).toContain('is not a text');
    }
  });

  it('with the name shown safely: shortened, escaped', () => {
    const message = refusal('tool', `\u202e\`${'x'.repeat(300)}`);
    expect(message).not.toMatch(/[\p{C}]/u);
    expect(message.length).toBeLessThan(160);
  });
});

describe('class 9, names: properties', () => {
  const anyName = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom('a', 'ß', 'İ', 'ı', 'Σ', 'ς', 'é', '\u0307', 'ǆ', 'ᾳ', 'ﬃ'),
    }),
  );

  it('a canonical name is its own canonical name', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), anyName, (kind, name) => {
        const canonical = canonicalOrNot(kind, name);
        expect(canonicalOrNot(kind, canonical ?? '')).toBe(canonical);
      }),
      { numRuns: 3000 },
    );
  });

  it('case and normal form never make two names out of one', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const canonical = canonicalOrNot('tool', name);
        for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD']) {
          const other = canonicalOrNot('tool', name.normalize(form));
          expect(other ?? canonical).toBe(canonical ?? other);
        }
        const upper = canonicalOrNot('tool', (canonical ?? 'a').toUpperCase());
        expect(upper).toBe(canonical ?? 'a');
      }),
      { numRuns: 3000 },
    );
  });

  it('an accepted name holds nothing that cannot be seen', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const canonical = canonicalOrNot('tool', name) ?? 'a';
        expect(canonical).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
        expect(canonical.trim()).toBe(canonical);
      }),
    );
  });

  it('a Latin word with one Cyrillic, Greek, Armenian or Cherokee letter is never accepted', () => {
    const foreign = fc.constantFrom(
      ...Array.from('абвгдежзиклмнопрстуфхцчшщіјѕαβγδεζηθικλμνξοπρστυφχψωաբգդոօսᎠᎡᏔ'),
    );
    const word = fc.string({ unit: fc.constantFrom('a', 'e', 's', 'n', 'd', '_'), maxLength: 6 });
    fc.assert(
      fc.property(word, foreign, word, (before, letter, after) => {
        expect(canonicalOrNot('tool', `x${before}${letter}${after}`)).toBeUndefined();
      }),
    );
  });

  it('a flood of names does not change what one of them is', () => {
    for (let i = 0; i < 10_000; i += 1) canonicalName('agent', `Agent-${i}`);
    expect(canonicalName('agent', 'Agent-1')).toBe('agent-1');
    expect(canonicalName('tool', 'A')).toBe('a');
    expect(canonicalName('session', 'A')).toBe('A');
  });
});
