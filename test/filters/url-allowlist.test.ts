import { describe, expect, it } from 'vitest';
import { urlAllowlist } from '../../src/filters/url-allowlist.ts';
import { filterArgs, filterResult, reasonOf } from './run-filter.ts';

const filter = urlAllowlist({ domains: ['good.com', 'bücher.example', '192.0.2.1'] });
const refused = 'refused: FILTER_DENIED';

describe('the filter url_allowlist', () => {
  it.each([
    'see https://good.com, http://docs.good.com:8080/x?y=1 and HTTPS://GOOD.COM.',
    '[a](https://good.com) ![b](//img.good.com/x.png) <https://good.com/> **https://good.com**',
    'https://bücher.example/ https://xn--bcher-kva.example/ http://192.0.2.1/',
    '<a href="//good.com">, url(https://good.com/x), www.good.com',
    '{"text":"{\\"u\\":\\"https://good.com\\"}"}',
    'key: value, 10:30, C:\\dir, \\d+\\\\w+, a//b, // note, data: some, a: //',
    'good.com and bob@evil.com are no URLs, nor is http: alone',
    'https://good.com/a\nhttps://good.com/b',
    'see https://good.com\nand more:\n/\n/usr\n/etc/hosts.conf\n\t/\t/var',
    '<a\n  href="https://good.com"\n  title="two\nlines">x</a>\n<p a="/&#10;x">',
    '',
  ])('lets pass %s', async (text) => {
    expect(await filterArgs(filter, { text, n: 1 })).toEqual({ text, n: 1 });
  });

  it.each<[string, string]>([
    ['another host', 'https://evil.com'],
    ['a host that ends alike', 'https://notgood.com'],
    ['a host that begins alike', 'https://good.com.evil.com/good.com'],
    ['the second of two', 'https://good.com https://evil.com'],
    ['the second without a space', '[a](https://good.com),[b](https://evil.com)'],
    ['a Markdown image', '![x](https://evil.com/p.png?d=secret)'],
    ['a Markdown reference', '[x]: //evil.com/p'],
    ['an autolink', '<https://evil.com>'],
    ['no scheme', '<img src=//evil.com/x>'],
    ['no scheme in a style', 'background:url(//evil.com/x)'],
    ['nothing but slashes', '//evil.com'],
    ['backslashes', '\\\\evil.com\\share'],
    ['one of each', '/\\evil.com'],
    ['one slash', 'https:/evil.com'],
    ['three slashes', 'https:///evil.com'],
    ['no slash', 'https:evil.com'],
    ['a backslash for a slash', 'https:\\\\evil.com'],
    ['www alone', 'go to www.evil.com'],
    ['capitals', 'HTTPS://EVIL.COM and WWW.EVIL.COM'],
    ['a user name', 'https://good.com@evil.com/'],
    ['a user name and a password', 'https://good.com:x@evil.com'],
    ['a user name behind a backslash', 'https://good.com\\@evil.com'],
    ['a user name behind a question mark', 'https://good.com?@evil.com'],
    ['a user name behind a hash', 'https://good.com#@evil.com'],
    ['a bracket in the host', 'https://good.com).evil.com'],
    ['a tab in the host', 'https://good.com\t.evil.com'],
    ['a line break in the scheme', 'ht\ntps://evil.com'],
    ['a line break before the user name', 'https://good.com\n@evil.com'],
    ['a tab between the slashes of an attribute', '<a href="/\t/evil.com">'],
    ['a line break between them', "<a href='/\r\n/localhost/x'>"],
    ['a tab before a backslash', '<img src="/\t\\evil.com/a.png">'],
    ['a tab in a Markdown target', '[x](/\t/evil.com)'],
    ['an entity for a line break between slashes', '<a href="/&#10;/evil.com">'],
    ['an entity for a tab between them', '<a href="/&Tab;/evil.com">'],
    ['entities for all three', '<a href="&#x2f;&#9;&#x2f;localhost">'],
    ['an entity for a tab in the scheme', '<a href="ht&#9;tps://evil.com">'],
    ['an entity for a tab in a script', '<a href="java&#9;script:alert(1)">'],
    ['a line break in a script', '<a href="java\nscript:alert(1)">'],
    ['an entity for a tab in the host', '<a href="https://good.com&#9;.evil.com">'],
    ['a line break in the host of an attribute', '<a href="https://good.com\n.evil.com">'],
    ['an attribute that is not closed', '<a href="java\tscript:alert(1)'],
    ['both kinds of line break', '<a href="/&#13;\n/evil.com">'],
    ['an entity with many zeros', '<a href="&#x00000002f;&#0000000047;evil.com">'],
    ['a control character before the slashes', '<a href="&#1;//evil.com">'],
    ['slashes on two lines', 'go to\n/\n/evil.com/x'],
    ['percent signs', 'https://good.com%2eevil.com'],
    ['an entity of HTML', '&#104;ttps://evil.com'],
    ['a named entity', 'https&colon;&sol;&sol;evil.com'],
    ['an entity for the at sign', 'https://good.com&#64;evil.com'],
    ['fullwidth letters', 'https://ｅvil.com'],
    ['a lookalike', 'https://gооd.com'],
    ['a soft hyphen', 'https://evil\u00ad.com'],
    ['another address', 'http://192.0.2.2/'],
    ['the address as one number', 'http://3221225985/'],
    ['the address in octal', 'http://0300.0.2.1/'],
    ['the address in hexadecimal', 'http://0xc0.0.2.1/'],
    ['the metadata service', 'http://169.254.169.254/latest/meta-data/'],
    ['an address of version 6', 'http://[::1]/'],
    ['a mapped address', 'http://[::ffff:192.0.2.1]/'],
    ['a host without a dot', 'http://localhost:3000'],
    ['a script', 'javascript:fetch("x")'],
    ['a script with a space', 'JavaScript: alert(1)'],
    ['data', 'data:text/html,<script>x</script>'],
    ['a file', 'file:///etc/passwd'],
    ['another scheme', 'ftp://good.com/ gopher://good.com/'],
    ['a bucket', 's3://evil/x'],
  ])('refuses %s', async (_what, text) => {
    expect(await filterArgs(filter, { deep: [{ text }] })).toBe(refused);
  });

  it('reads keys too, and says nothing of what it found or allows', async () => {
    expect(await filterArgs(filter, { 'https://evil.com': 1 })).toBe(refused);
    const reason = await reasonOf(filter, 'https://evil.com');
    expect(reason).toBe(
      'the arguments hold a URL that leads elsewhere; use only addresses that are allowed here',
    );
  });

  it('looks at results where it is set to', async () => {
    const both = urlAllowlist({ domains: ['good.com'], schemes: ['wss'], on: ['result'] });
    expect(await filterResult(both, 'wss://good.com')).toBe('wss://good.com');
    expect(await filterResult(both, 'https://good.com')).toBe(refused);
    expect(await filterResult(filter, 'https://evil.com')).toBeUndefined();
  });

  it.each(['', 'https://good.com', '*.good.com', '.good.com', 'good.com/x', 'a@b.com', 'a b'])(
    'takes the domain `%s` for an error',
    (domain) => {
      expect(() => urlAllowlist({ domains: [domain] })).toThrow('as in `example.com`');
    },
  );
});
