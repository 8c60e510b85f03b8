import type { Filter } from '../core/model/extension.ts';
import type { parseHost, isUnder } from '../core/model/host-name.ts';
import { findUrls, type Link } from './find-urls.ts';
import { mapStrings } from './map-strings.ts';
import { createFilter, invalidOption, refuse, sideWords, type Side } from './sides.ts';

export interface UrlAllowlistOptions {
  /** Each stands for itself and everything under it (`example.com`); an IP address only for itself. */
  readonly domains: readonly string[];
  /** Default `https` and `http`. */
  readonly schemes?: readonly ('http' | 'https' | 'ws' | 'wss' | 'ftp')[];
  /** Default `args`. */
  readonly on?: readonly Side[];
}

/** Refuses every text with a URL that leads elsewhere than to the domains, or of which programs think differently. */
export function urlAllowlist(options: UrlAllowlistOptions): Filter {
  const name = 'url_allowlist';
  const domains = options.domains.map((domain) => toDomain(name, domain));
  if (domains.length === 0) throw invalidOption(name, 'domains', 'a list of domains, not empty');
  const schemes: ReadonlySet<string> = new Set(options.schemes ?? ['https', 'http']);
  return createFilter(name, options.on ?? ['args'], async (value, side) => {
    // the list of public suffixes comes with it, which few programs need
    const hosts = await import('../core/model/host-name.ts');
    let problem: string | undefined;
    await mapStrings(value, async (text, { kind }) => {
      if (kind !== 'number') problem ??= findProblem(findUrls(text), { domains, schemes, hosts });
      return text;
    });
    return problem === undefined ? value : refuse(name, `${sideWords[side]} hold ${problem}`);
  });
}

/** In the spelling of WHATWG: lower case, punycode. */
function toDomain(filter: string, domain: string): string {
  const url = `http://${domain}/`;
  const isPlain = /^[^/\\?#@:*\s%]+$/.test(domain) || /^\[[0-9a-f:.]+\]$/i.test(domain);
  if (!isPlain || domain.startsWith('.') || !URL.canParse(url)) {
    const expected = 'domains without scheme, port, path or `*`, as in `example.com`';
    throw invalidOption(filter, 'domains', expected);
  }
  return new URL(url).hostname.replace(/\.$/, '').replaceAll(/^\[|\]$/g, '');
}

interface Allowed {
  readonly domains: readonly string[];
  readonly schemes: ReadonlySet<string>;
  readonly hosts: { readonly parseHost: typeof parseHost; readonly isUnder: typeof isUnder };
}

const allowedOnly = 'use only addresses that are allowed here';

function findProblem(links: Iterable<Link>, allowed: Allowed): string | undefined {
  for (const link of links) {
    if (link.kind === 'unclear') return `a URL that programs read differently; ${allowedOnly}`;
    const { schemes, domains, hosts } = allowed;
    const scheme = link.kind === 'scheme' ? link.scheme : (/^[a-z]+/.exec(link.url)?.[0] ?? '');
    if (!schemes.has(scheme)) return `a URL of a kind that is not allowed here; ${allowedOnly}`;
    if (link.kind === 'scheme') continue;
    const host = hosts.parseHost(link.url);
    if (host === undefined) return `a URL that programs read differently; ${allowedOnly}`;
    const isAllowed =
      host.kind === 'ip'
        ? domains.includes(host.address)
        : domains.some((domain) => hosts.isUnder(host.name, domain));
    if (!isAllowed) return `a URL that leads elsewhere; ${allowedOnly}`;
  }
  return undefined;
}
