import { describe, expect, it } from 'vitest';
import {
  findDomainFault,
  isPublicSuffix,
  isUnder,
  parseDomain,
  parseHost,
} from '../../../src/core/model/host-name.ts';

describe('the host behind a text', () => {
  it.each([
    ['https://Example.COM:8443/a?b#c', 'example.com'],
    ['http://example.com./', 'example.com'],
    ['https://medium.com/@user', 'medium.com'],
    ['wss://a.b.example.com', 'a.b.example.com'],
    ['http://münchen.de/', 'xn--mnchen-3ya.de'],
    ['http://xn--mnchen-3ya.de', 'xn--mnchen-3ya.de'],
    ['http://раураl.com/', 'xn--l-7sba6dbr.com'],
    ['ada.lovelace+x@example.com', 'example.com'],
    ['mailto:ada@example.com', 'example.com'],
    ['good.com@evil.com', 'evil.com'],
    ['example.com', 'example.com'],
    ['example.com:8080/x', 'example.com'],
    ['example.com/x', 'example.com'],
    ['localhost:8080', 'localhost'],
    ['my_host.example', 'my_host.example'],
  ])('of %s is the name %s', (text, name) => {
    expect(parseHost(text)).toEqual({ kind: 'name', name });
  });

  it.each([
    ['http://127.0.0.1:80/', '127.0.0.1'],
    ['1.2.3.4', '1.2.3.4'],
    ['http://[::1]/', '::1'],
    ['::FFFF:1.2.3.4', '::ffff:102:304'],
    ['[2001:db8::1]:443', '2001:db8::1'],
  ])('of %s is the address %s', (text, address) => {
    expect(parseHost(text)).toEqual({ kind: 'ip', address });
  });

  it.each([
    'http://user:pw@example.com/',
    'http://good.com@evil.com/',
    'http://good.com\\@evil.com/',
    'http://good.com#@evil.com',
    'http://good.com?@evil.com',
    'good.com/@evil.com',
    'http://good.com%2eevil.com/',
    'http://good.com%00.evil.com/',
    'http://good。com/',
    'http://ｇood.com/',
    'http://goo\td.com/',
    ' http://good.com',
    'http://good.com\n',
    'http://good.com http://evil.com',
    'http://good.com,http://evil.com',
    'a@good.com,b@evil.com',
    'mailto:a@good.com?cc=b@evil.com',
    'Ada <ada@good.com>',
    '"a@good.com"@evil.com',
    'a%evil.com@good.com',
    'a@[1.2.3.4]',
    'http://good.com../',
    'http://a..b/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://010.0.0.1/',
    '127.1',
    '1.2.3.4.',
    'http:good.com',
    'https:/good.com',
    'http:///good.com',
    '//good.com/x',
    'javascript:alert(1)',
    'javascript:1',
    'data:text/html,x',
    'file:///etc/passwd',
    'ssh://git@good.com/x',
    '',
    '@',
    'a'.repeat(9000),
    `http://${'a'.repeat(70)}.com`,
  ])('of %.40j nobody can tell', (text) => {
    expect(parseHost(text)).toBeUndefined();
  });
});

describe('domains', () => {
  it('hold themselves and what is under them, by whole labels', () => {
    expect(isUnder('example.com', 'example.com')).toBe(true);
    expect(isUnder('a.b.example.com', 'example.com')).toBe(true);
    expect(isUnder('notexample.com', 'example.com')).toBe(false);
    expect(isUnder('example.com.evil.com', 'example.com')).toBe(false);
    expect(isUnder('com', 'example.com')).toBe(false);
  });

  it('have one spelling', () => {
    expect(parseDomain('MÜNCHEN.de.')).toBe('xn--mnchen-3ya.de');
    expect(findDomainFault('example.com')).toBeUndefined();
  });

  it.each([
    ['*.example.com', /without `\*\.`/],
    ['.example.com', /leading dot/],
    ['a*.example.com', /no wildcards/],
    ['https://example.com', /without scheme/],
    ['example.com:80', /without scheme/],
    ['10.0.0.1', /`cidr`/],
    ['', /not the name/],
  ])('do not look like %s', (text, message) => {
    expect(findDomainFault(text)).toMatch(message);
  });

  it('know what strangers can register under', () => {
    expect(['com', 'co.uk', 'github.io'].map(isPublicSuffix)).toEqual([true, true, true]);
    expect(['example.com', 'localhost', 'corp'].map(isPublicSuffix)).toEqual([false, false, false]);
  });
});
