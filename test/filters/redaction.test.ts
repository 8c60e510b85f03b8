import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pii, piiKinds } from '../../src/filters/pii.ts';
import { secrets } from '../../src/filters/secrets.ts';
import { isJsonArray, isJsonObject, type Json } from '../../src/core/model/json.ts';
import { filterArgs, filterResult, reasonOf } from './run-filter.ts';

const everything = pii({ kinds: piiKinds });
const noise = 'a1B2c3D4e5F6g7H8i9J0';
const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${noise}`;

/** Never a whole key in the source: scanners of repositories would find it. */
const key = (start: string, rest: string) => start + rest;

describe('the filter pii', () => {
  it.each<[string, string]>([
    ['bob@example.com', '[email]'],
    ['Ann <ann.lee+x@mail.example.co.uk>; b@b.org.', 'Ann <[email]>; [email].'],
    ['иван@пример.рф', '[email]'],
    ['a@localhost and @name', 'a@localhost and @name'],
    ['+1 (555) 234-5678, 555-234-5678, (555) 234-5678', '[phone], [phone], [phone]'],
    ['+49 30 901820', '[phone]'],
    ['5552345678 and 2026-11-23', '5552345678 and 2026-11-23'],
    ['4111 1111 1111 1111', '[card]'],
    ['row 1 4111-1111-1111-1111 2 of 9', 'row 1 [card] 2 of 9'],
    ['378282246310005 and 5555555555554444', '[card] and [card]'],
    ['4111 1111 1111 1112', '4111 1111 1111 1112'],
    ['1795430000000', '1795430000000'],
    ['DE89 3704 0044 0532 0130 00', '[iban]'],
    ['gb82west12345698765432.', '[iban].'],
    ['ab12 DE89370400440532013000', 'ab12 [iban]'],
    ['DE88 3704 0044 0532 0130 00', 'DE88 3704 0044 0532 0130 00'],
    ['219-09-9999, 219 09 9999', '[ssn], [ssn]'],
    ['000-12-1234 666-12-1234 900-12-1234', '000-12-1234 666-12-1234 900-12-1234'],
    ['４１１１ １１１１ １１１１ １１１１!', '[card]!'],
    ['to ann＠x.example, 𝐛@b.io…', 'to [email], [email]…'],
    ['41\u200b11 1111 1111 11\u00ad11\u200b.', '[card]\u200b.'],
    ['ﬁne ½ ＠ 10\u00a0% e\u0301', 'ﬁne ½ ＠ 10\u00a0% e\u0301'],
    ['10.0.0.1, ::1, 2001:db8::ff.', '[ip], [ip], [ip].'],
    ['10:30:00 1.2.3 std::cout 999.1.1.1', '10:30:00 1.2.3 std::cout 999.1.1.1'],
  ])('%s', async (text, expected) => {
    expect(await filterArgs(everything, text)).toBe(expected);
  });

  it('leaves addresses of machines alone unless they are asked for', async () => {
    expect(await filterArgs(pii(), '10.0.0.1')).toBe('10.0.0.1');
  });

  it('reads keys, lists and numbers too, and keeps every member', async () => {
    const args = {
      'a@b.io': 4_111_111_111_111_111,
      'c@d.io': [{ x: ['e@f.io'] }, 7],
      '[email]': 1,
    };
    expect(await filterArgs(pii(), args)).toEqual({
      '[email]': 1,
      '[email] 1': [{ x: ['[email]'] }, 7],
      '[email] 0': '[card]',
    });
  });

  it('treats a member called `__proto__` as a member', async () => {
    const result: Json = JSON.parse('{"__proto__":{"to":"a@b.io"}}');
    expect(JSON.stringify(await filterResult(pii(), result))).toBe(
      '{"__proto__":{"to":"[email]"}}',
    );
  });

  it('takes what it cannot be set to for an error', () => {
    expect(() => pii({ kinds: [] })).toThrow('filter `pii`, option `kinds`: expected a list of');
    expect(() => pii({ on: [] })).toThrow('option `on`');
    expect(() => pii({ mode: JSON.parse('"mask"') })).toThrow('one of `redact`, `refuse`');
  });
});

describe('the filter secrets', () => {
  it.each<[string, string]>([
    [key('AK', 'IAIOSFODNN7EXAMPLE'), '[aws_key]'],
    [`x ${key('gh', 'p_')}${'a1B2'.repeat(9)} y`, 'x [github_token] y'],
    [key('github_', `pat_${'a1B2_'.repeat(12)}`), '[github_token]'],
    [key('xo', 'xb-123456789012-abcdef'), '[slack_token]'],
    [
      key('https://hooks.slack', `.com/services/T0000/B0000/${'X'.repeat(24)}`),
      'https://[slack_webhook]',
    ],
    [key('sk_', `live_${noise}`), '[stripe_key]'],
    [key('sk-', `proj-${noise}`), '[api_key]'],
    [key('AI', `za${'a'.repeat(35)}`), '[google_key]'],
    [`token ${jwt}.`, 'token [jwt].'],
    [
      '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- rest',
      '[private_key] rest',
    ],
    ['cut -----BEGIN OPENSSH PRIVATE KEY-----\nabc', 'cut [private_key]'],
    ['postgres://bob:hunter2@db/x', 'postgres://bob:[password]@db/x'],
    [`Authorization: Bearer ${noise}`, 'Authorization: Bearer [token]'],
    ['password=hunter2 and "passwd": "two words"', 'password=[secret] and "passwd": "[secret]"'],
    ['password: "p w" pwd=\'x\'', 'password: "[secret]" pwd=\'[secret]\''],
    ['ｐａｓｓｗｏｒｄ＝ｈｕｎｔｅｒ２', 'ｐａｓｓｗｏｒｄ＝[secret]'],
    ['Authorization: Bearer abc.def.ghi', 'Authorization: Bearer [token]'],
    [`{"Proxy-Authorization":"Basic YTpi"}`, `{"Proxy-Authorization":"Basic [token]"}`],
    ['Authorization: Bearer <token>, or', 'Authorization: Bearer <token>, or'],
    ['the bearer of this, in basic english', 'the bearer of this, in basic english'],
    [`API_KEY=${noise};client-secret: '${noise}'`, `API_KEY=[secret];client-secret: '[secret]'`],
    [
      'PWD=/root password=${PW} next_token: page2 token=none',
      'PWD=/root password=${PW} next_token: page2 token=none',
    ],
    ['a public key: ssh-ed25519', 'a public key: ssh-ed25519'],
  ])('%s', async (text, expected) => {
    expect(await filterArgs(secrets(), text)).toBe(expected);
  });

  it('takes what stands under the name of a secret', async () => {
    const args = {
      password: 'x',
      ｐｗｄ: 'x',
      headers: { authorization: 'Bearer abc.def.ghi', 'x-authorization': 'none' },
      token: 'page2',
      api_key: noise,
      list: { db_password: [1234] },
    };
    expect(await filterArgs(secrets(), args)).toEqual({
      password: '[secret]',
      ｐｗｄ: '[secret]',
      headers: { authorization: '[secret]', 'x-authorization': 'none' },
      token: 'page2',
      api_key: '[secret]',
      list: { db_password: ['[secret]'] },
    });
  });
});

describe.each([
  ['pii', everything, pii({ mode: 'refuse', kinds: piiKinds })],
  ['secrets', secrets(), secrets({ mode: 'refuse' })],
] as const)('redaction by %s', (_name, redacting, refusing) => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.toWellFormed()),
    fc.constantFrom(
      'a@b.io',
      '4111 1111 1111 1111',
      '+49 30 901820',
      '219-09-9999',
      '10.0.0.1',
      'password=',
      '[email]',
      'DE89370400440532013000',
      jwt,
      key('AK', 'IAIOSFODNN7EXAMPLE'),
      'u://a:b@c',
      '４１１１１１１１１１１１１１１１',
      'ａ＠b.io\u200b',
      'Authorization: Bearer x',
      'password:"a"',
      '[secret]',
      ' ',
      '"',
      'token: ',
      '-----BEGIN PRIVATE KEY-----',
      '-----END PRIVATE KEY-----',
      `Bearer ${noise}`,
      '__proto__',
    ),
  );
  const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.constantFrom(null, true, 3, 4_111_111_111_111_111),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(text, tie('json'), { maxKeys: 3 }),
    ),
  }));

  it('leaves nothing that it would take again, and no other shape', async () => {
    await fc.assert(
      fc.asyncProperty(json, async (value) => {
        const once = await filterArgs(redacting, value);
        expect(shapeOf(once)).toEqual(shapeOf(value));
        expect(await filterArgs(redacting, once)).toBe(once);
        expect(await filterArgs(refusing, once)).toBe(once);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses just where it would redact, without saying what', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const once = await filterArgs(redacting, value);
        const refused = await filterArgs(refusing, value);
        expect(refused).toBe(once === value ? value : 'refused: FILTER_DENIED');
      }),
      { numRuns: 200 },
    );
    const reason = await reasonOf(refusing, ['c@secret.io', 'password=hunter2']);
    expect(reason).not.toMatch(/secret\.io|hunter2/);
    expect(reason).toMatch(/\(`(?:email|secret)`\); leave it out$/);
  });
});

/** Lists and members by their number; texts and numbers are one, since a number may become a mark. */
function shapeOf(value: Json): Json {
  if (isJsonArray(value)) return value.map(shapeOf);
  if (!isJsonObject(value)) return typeof value === 'number' ? 'string' : typeof value;
  return {
    members: Object.values(value)
      .map(shapeOf)
      .map((member) => JSON.stringify(member))
      .toSorted(),
  };
}
