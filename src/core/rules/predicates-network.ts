import { isUnder, parseDomain, parseHost } from '../model/host-name.ts';
import {
  type IpNetwork,
  type IpRelation,
  parseNetwork,
  relateNetworks,
} from '../model/ip-network.ts';
import { type Predicate, listedItems, ofText } from './predicate.ts';
import type { ListItem, Lists, PredicatesSource } from './source.ts';
import { type Truth, either } from './truth.ts';

/** `domain` and `cidr`: where a URL, a host, an e-mail address or an IP address leads. */
export function compileNetworkPredicates(
  { domain, cidr }: PredicatesSource,
  lists: Lists,
): readonly Predicate[] {
  const all: Predicate[] = [];
  if (domain !== undefined) {
    all.push({ name: 'domain', test: inDomains(listedItems(domain, lists)) });
  }
  if (cidr !== undefined) all.push({ name: 'cidr', test: inNetworks(listedItems(cidr, lists)) });
  return all;
}

function inDomains(items: readonly ListItem[] | undefined): Predicate['test'] {
  const domains = parseAll(items, parseDomain);
  if (domains === undefined) return () => 'error';
  const known = new Set(domains);
  const [only] = domains;
  const isIn =
    only !== undefined && domains.length === 1
      ? (name: string) => isUnder(name, only)
      : (name: string) => isUnderAny(name, known);
  return ofText((text) => {
    const host = parseHost(text);
    if (host === undefined) return 'error';
    return host.kind === 'name' && isIn(host.name);
  });
}

/** Looks up the name and everything above it: as quick for a list of thousands. */
function isUnderAny(name: string, domains: ReadonlySet<string>): boolean {
  for (let rest = name; ;) {
    if (domains.has(rest)) return true;
    const dot = rest.indexOf('.');
    if (dot < 0) return false;
    rest = rest.slice(dot + 1);
  }
}

function inNetworks(items: readonly ListItem[] | undefined): Predicate['test'] {
  const networks = parseAll(items, parseNetwork);
  if (networks === undefined) return () => 'error';
  return ofText((text) => {
    const block = readBlock(text);
    if (block === undefined) return 'error';
    let truth: Truth = false;
    for (const network of networks) {
      truth = either(truth, truthOf[relateNetworks(block, network)]);
      if (truth === true) return true;
    }
    return truth;
  });
}

const truthOf = {
  inside: true,
  outside: false,
  overlapping: 'error',
  unclear: 'error',
} as const satisfies Record<IpRelation, Truth>;

/** One address, alone or in a URL, or a block of them; nobody knows where a name leads. */
function readBlock(text: string): IpNetwork | undefined {
  if (/^[^/]*\/\d+$/.test(text)) return parseNetwork(text);
  const host = parseHost(text);
  return host?.kind === 'ip' ? parseNetwork(host.address) : undefined;
}

/** Undefined where anything is wrong: half a list would say false where it must not. */
function parseAll<T>(
  items: readonly ListItem[] | undefined,
  parse: (text: string) => T | undefined,
): readonly T[] | undefined {
  const parsed: T[] = [];
  for (const item of items ?? []) {
    const one = typeof item === 'string' ? parse(item) : undefined;
    if (one === undefined) return undefined;
    parsed.push(one);
  }
  return items === undefined ? undefined : parsed;
}
