/** Something in a text that leads somewhere: an URL to be asked for its host, or one that nobody should follow. */
export type Link =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'scheme'; readonly scheme: string }
  | { readonly kind: 'unclear' };

/**
 * Every link in a text, as browsers, mail programs and Markdown find them: with a scheme, without one (`//host`,
 * `www.host`), with entities of HTML, with tabs and line breaks that URL parsers cut away. Time grows with the length alone.
 */
export function* findUrls(text: string): Generator<Link> {
  const joined = joinValues(joinBroken(text));
  const variants = [text, joined, decodeEntities(text), decodeEntities(joined)];
  for (const variant of new Set(variants)) {
    yield* readAll(variant, ':', readScheme);
    yield* readAll(variant, '/', readSlashes);
    yield* readAll(variant, '\\', readSlashes);
    yield* readAll(variant, 'www.', readWww);
  }
}

/** Wherever the part occurs, in any case, what is read there. */
function* readAll(
  text: string,
  part: string,
  read: (text: string, at: number) => Link | undefined,
): Generator<Link> {
  const lower = text.toLowerCase();
  // a few letters are longer in lower case: places would not be the same ones
  const searched = lower.length === text.length ? lower : text;
  for (let at = searched.indexOf(part); at !== -1; at = searched.indexOf(part, at + 1)) {
    const link = read(text, at);
    if (link !== undefined) yield link;
  }
}

const maxSchemeChars = 32;
/** Of WHATWG's special schemes those that go over the network: browsers take any number of slashes after them. */
const webSchemes: ReadonlySet<string> = new Set(['http', 'https', 'ws', 'wss', 'ftp']);
/** Run or read something without any host, and without slashes too. */
const scriptSchemes: ReadonlySet<string> = new Set(['javascript', 'vbscript', 'livescript']);
const localSchemes: ReadonlySet<string> = new Set([
  'data',
  'file',
  'blob',
  'filesystem',
  'view-source',
]);

function readScheme(text: string, colon: number): Link | undefined {
  const before = text.slice(Math.max(0, colon - maxSchemeChars), colon);
  const scheme = /[a-z][a-z0-9+.-]*$/i.exec(before)?.[0].toLowerCase();
  if (scheme === undefined) return undefined;
  const after = text.slice(colon + 1, colon + 3);
  if (webSchemes.has(scheme)) {
    if (after === '//') return readUrl(text, colon + 3, scheme);
    return /^[^\s"'<>`,.;)\]}*_]/.test(after) ? { kind: 'unclear' } : undefined;
  }
  const isLocal = localSchemes.has(scheme) && /^\S/.test(after);
  const isLink = scriptSchemes.has(scheme) || isLocal || after === '//';
  return isLink ? { kind: 'scheme', scheme } : undefined;
}

/** `//host`, and what browsers take for it: backslashes, or one of each. */
function readSlashes(text: string, at: number): Link | undefined {
  if (!/^$|[\s\p{Cc}"'`(=<>[\]{,|;]/u.test(text[at - 1] ?? '')) return undefined;
  const two = text.slice(at, at + 2);
  if (!/^[/\\]{2}$/.test(two)) return readBrokenSlashes(text, at);
  const next = text.slice(at + 2, at + 2 + 256);
  if (two === '//') return /^[^\s/\\"'<>`]/.test(next) ? readUrl(text, at + 2, 'https') : undefined;
  // in code two backslashes are one that is escaped: only what looks like a host is taken for one
  return looksLikeHost(next) ? { kind: 'unclear' } : undefined;
}

function looksLikeHost(text: string): boolean {
  return /^[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/u.test(text);
}

/** `/` and `/host` on two lines, which some programs join; a list of paths has no dot in the first part of one. */
function readBrokenSlashes(text: string, at: number): Link | undefined {
  const rest = text.slice(at + 1, at + 1 + 256);
  const host = /^[\t\r\n]+[/\\](.*)/su.exec(rest)?.[1] ?? '';
  return looksLikeHost(host) ? { kind: 'unclear' } : undefined;
}

function readWww(text: string, at: number): Link | undefined {
  const isWithin = /[\p{L}\p{N}.@:/\\-]/u.test(text[at - 1] ?? '');
  return isWithin ? undefined : readUrl(text, at, 'https');
}

// a name of a host has at most 253; what is longer is none
const maxAuthorityChars = 300;
const maxRestChars = 300;

/** The URL whose host begins here. Where it ends is a guess everywhere, so a host that would be another one is unclear. */
function readUrl(text: string, start: number, scheme: string): Link {
  const part = text.slice(start, start + maxAuthorityChars + 1);
  const run = /^[^\s"'<>`/?#]*/.exec(part)?.[0] ?? '';
  const after = start + run.length;
  // within a string that is quoted once more
  const isQuoted = run.endsWith('\\') && /["']/.test(text[after] ?? '');
  const authority = isQuoted ? run.slice(0, -1) : run;
  const host = (/^(?:\[[^\]]*\])?[^()[\]{}|,;!*]*/.exec(authority)?.[0] ?? '').replace(/_+$/, '');
  const beyond = authority.slice(host.length);
  const isOther = authority.includes('@') || /^[^A-Za-z0-9]*\.[^\s.)]/.test(beyond);
  if (host === '' || isOther || run.length > maxAuthorityChars) return { kind: 'unclear' };
  // behind `?` or `#` some programs find another host
  const hasQuery = beyond === '' && /[?#]/.test(text[after] ?? '');
  const rest = text.slice(after, after + maxRestChars);
  const query = hasQuery ? (/^[^\s"'<>`]*/.exec(rest)?.[0] ?? '') : '/';
  return { kind: 'url', url: `${scheme}://${host}${query}` };
}

const namedEntities: { readonly [name: string]: string } = {
  amp: '&',
  colon: ':',
  sol: '/',
  bsol: '\\',
  period: '.',
  commat: '@',
  quest: '?',
  num: '#',
  Tab: '\t',
  NewLine: '\n',
};

/** Which URL parsers cut away, wherever they stand. */
const cutAway: ReadonlySet<string> = new Set(['\t', '\n', '\r']);

/** What is left of a URL when a page or a Markdown text is read. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(
    /&(?:#x0*([0-9a-f]{1,6})|#0*([0-9]{1,7})|(amp|colon|sol|bsol|period|commat|quest|num|Tab|NewLine));?/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      const decoded = name === undefined ? decodeNumber(hex, decimal) : namedEntities[name];
      if (decoded === undefined) return whole;
      return cutAway.has(decoded) ? '' : decoded;
    },
  );
}

function decodeNumber(hex: string | undefined, decimal: string | undefined): string | undefined {
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : undefined;
}

/** Values of attributes and targets of Markdown links with tabs or line breaks in them. */
function joinValues(text: string): string {
  if (!/[\t\r\n]/.test(text)) return text;
  return text.replaceAll(/=\s*(?:"[^"]*(?:"|$)|'[^']*(?:'|$))|\]\([^()\]]*\)/g, (value) =>
    value.replaceAll(/[\t\r\n]/g, ''),
  );
}

const maxJoinedChars = 8192;

/** A text that is one URL with tabs or line breaks in it, which URL parsers cut away; others stay as they are. */
function joinBroken(text: string): string {
  if (text.length > maxJoinedChars) return text;
  const trimmed = text.trim();
  if (!/[\t\r\n]/.test(trimmed) || trimmed.includes(' ')) return text;
  const [first = '', ...more] = trimmed.split(/[\t\r\n]+/);
  const isOne =
    /^[a-z/\\]/i.test(first) && !more.some((line) => /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(line));
  return isOne ? first + more.join('') : text;
}
