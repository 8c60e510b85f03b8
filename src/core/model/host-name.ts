import { parse } from 'tldts';

/** The host that a text leads to: a name (lower case, punycode, no trailing dot), or an address in its one spelling. */
export type Host =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'ip'; readonly address: string };

const maxText = 8192;
const maxKnown = 64;
/** One value is asked about by many rules. */
const known = new Map<string, Host | undefined>();

/**
 * The host of a URL (`http`, `https`, `ws`, `wss`, `ftp`), an e-mail address, `mailto:`, or `host`, `host:port`,
 * `host/path`. Undefined for everything else, and for spellings that programs read differently: user names, white
 * space, backslashes, percent signs, empty labels, addresses such as `0x7f.1`, several URLs or addresses.
 */
export function parseHost(text: string): Host | undefined {
  if (text.length > maxText) return undefined;
  if (known.has(text)) return known.get(text);
  const host = readHost(text);
  if (known.size >= maxKnown) known.clear();
  known.set(text, host);
  return host;
}

/** Whether a name is the domain or stands under it; both as `parseHost` and `parseDomain` give them. */
export function isUnder(name: string, domain: string): boolean {
  return (
    name === domain || (name.endsWith(domain) && name[name.length - domain.length - 1] === '.')
  );
}

/** The domain of a rule in its one spelling; undefined if it is no plain name of a host. */
export function parseDomain(text: string): string | undefined {
  if (/[/?#:@]/.test(text)) return undefined;
  const host = parseHost(text);
  return host?.kind === 'name' ? host.name : undefined;
}

/** Why a text is no domain that can be asked for, with what to write after `; `; undefined if it is one. */
export function findDomainFault(text: string): string | undefined {
  if (/^(?:\*\.|\.)/.test(text)) {
    return 'a domain stands for everything under it too; write it without `*.` or a leading dot';
  }
  if (text.includes('*'))
    return 'a domain has no wildcards; write the domain that all of them are under';
  if (parseDomain(text) !== undefined) return undefined;
  if (parseHost(text)?.kind === 'ip') return 'this is an address, not a domain; ask with `cidr`';
  return 'this is not the name of a domain; write it without scheme, port and path, as in `example.com`';
}

/** Whether strangers can register names directly under this one (`com`, `co.uk`, `github.io`). */
export function isPublicSuffix(name: string): boolean {
  const { publicSuffix, isIcann, isPrivate } = parse(name, {
    allowPrivateDomains: true,
    extractHostname: false,
  });
  // what is on no list counts as a suffix by its last label, which says nothing of an intranet
  return publicSuffix === name && (isIcann === true || isPrivate === true);
}

const webUrl = /^(?:https?|wss?|ftp):\/\/([^/?#]+)(.*)$/i;
const address = /^(?:mailto:)?[\p{L}\p{N}.!#$&'*+=^_`{|}~-]+@([^@]+)$/iu;
const bareHost = /^([^/?#@:]+|\[[^\]]*\])(:\d{1,5})?(?:[/?#][^@]*)?$/;
const bareV6 = /^[\da-f]*:[\da-f]*:[\da-f:.]*$/i;

function readHost(text: string): Host | undefined {
  // what URL parsers cut away, and what some of them take for a slash
  if (/[\s\p{C}\\]/u.test(text)) return undefined;
  const [, authority, rest] = webUrl.exec(text) ?? [];
  if (authority !== undefined) {
    // some programs read on after `?` or `#` and find another host behind the `@`
    return /^[?#].*@/.test(rest ?? '') ? undefined : readAuthority(authority);
  }
  const [, mailHost] = address.exec(text) ?? [];
  if (mailHost !== undefined) return isName(mailHost) ? readAuthority(mailHost) : undefined;
  if (bareV6.test(text)) return readAuthority(`[${text}]`);
  const [, host, port = ''] = bareHost.exec(text) ?? [];
  if (host === undefined) return undefined;
  // `javascript:1` looks like a host and a port
  const isScheme = port !== '' && !/[.[]/.test(host) && host.toLowerCase() !== 'localhost';
  return isScheme ? undefined : readAuthority(host + port);
}

function isName(host: string): boolean {
  return !/[/?#:[\]]/.test(host);
}

function readAuthority(authority: string): Host | undefined {
  // a user name looks like a host to the reader; what is percent-encoded, not in normal form or dotted with an
  // ideographic full stop is this host to some programs only
  if (/[@%\u3002]/.test(authority) || authority.normalize('NFKC') !== authority) return undefined;
  const url = `http://${authority}/`;
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  if (hostname.startsWith('[')) return { kind: 'ip', address: hostname.slice(1, -1) };
  if (/^[\d.]+$/.test(hostname)) return readV4(hostname, authority);
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  return isHostName(name) ? { kind: 'name', name } : undefined;
}

/** `0x7f.1`, `2130706433` and `010.0.0.1` are other addresses to other programs. */
function readV4(found: string, authority: string): Host | undefined {
  const written = authority.replace(/:\d*$/, '');
  return written === found ? { kind: 'ip', address: found } : undefined;
}

function isHostName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => /^[a-z\d_-]{1,63}$/.test(label));
}
