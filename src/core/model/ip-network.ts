import ipaddr from 'ipaddr.js';

/** A block of IPv4 or IPv6 addresses; one of IPv4 in IPv6 spelling (`::ffff:…`) is one of IPv4. */
export interface IpNetwork {
  readonly base: ipaddr.IPv4 | ipaddr.IPv6;
  readonly bits: number;
}

/** How addresses stand to a network; `unclear`: the address carries another one that may be meant. */
export type IpRelation = 'inside' | 'outside' | 'overlapping' | 'unclear';

/** `10.0.0.0/8`, `2001:db8::/32` or one address; undefined for other spellings (`10/8`, `0x0a000000/8`). */
export function parseNetwork(text: string): IpNetwork | undefined {
  const [written = '', prefix, ...more] = text.split('/');
  if (more.length > 0 || !isPlainAddress(written)) return undefined;
  const base = ipaddr.parse(written);
  const width = base.kind() === 'ipv4' ? 32 : 128;
  const bits = prefix === undefined ? width : Number(prefix);
  if (prefix !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  return bits <= width ? toV4({ base, bits }) : undefined;
}

/** Why a text is no network, with what to write after `; `; undefined if it is one. */
export function findNetworkFault(text: string): string | undefined {
  const network = parseNetwork(text);
  if (network === undefined) {
    return 'this is not a block of IP addresses; write it as in `10.0.0.0/8` or `2001:db8::/32`';
  }
  const { base, bits } = network;
  const first = firstOf(network).toString();
  if (first === base.toString()) return undefined;
  return `the address has bits beyond its first ${bits}; write \`${first}/${bits}\``;
}

/** How all addresses of a block (a single one, as a rule) stand to a network. */
export function relateNetworks(block: IpNetwork, network: IpNetwork): IpRelation {
  const known = relateSame(block, network);
  if (known !== undefined) return known;
  if (block.base.kind() === 'ipv6') return carriesV4(block) ? 'unclear' : 'outside';
  // IPv4 in a network of IPv6: by its spelling in IPv6
  const { base, bits } = block;
  if (!('toIPv4MappedAddress' in base)) return 'unclear';
  const mapped = { base: base.toIPv4MappedAddress(), bits: bits + 96 };
  return relateSame(mapped, network) ?? 'unclear';
}

function relateSame(block: IpNetwork, network: IpNetwork): IpRelation | undefined {
  if (block.base.kind() !== network.base.kind()) return undefined;
  if (block.base.match([network.base, Math.min(network.bits, block.bits)])) {
    return block.bits >= network.bits ? 'inside' : 'overlapping';
  }
  return 'outside';
}

function toV4(network: IpNetwork): IpNetwork {
  const { base, bits } = network;
  const isMapped = 'isIPv4MappedAddress' in base && base.isIPv4MappedAddress() && bits >= 96;
  return isMapped ? { base: base.toIPv4Address(), bits: bits - 96 } : network;
}

function isPlainAddress(text: string): boolean {
  if (/[%\s]/.test(text)) return false;
  return (
    ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && ipaddr.IPv6.isValid(text))
  );
}

function firstOf({ base, bits }: IpNetwork): ipaddr.IPv4 | ipaddr.IPv6 {
  const bytes = base.toByteArray().map((byte, index) => {
    const kept = Math.max(0, Math.min(8, bits - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return ipaddr.fromByteArray(bytes);
}

const carriers = new Set<string>(['rfc6145', 'rfc6052', '6to4', 'teredo']);

/** What the ranges of `carriers` and the addresses that are IPv4 in another spelling have in common. */
const carrying = [
  '::/96',
  '::ffff:0:0/96',
  '::ffff:0:0:0/96',
  '64:ff9b::/96',
  '2002::/16',
  '2001::/32',
].map((text) => ipaddr.IPv6.parseCIDR(text));

/** Translated (NAT64), tunnelled and the old compatible addresses (`::127.0.0.1`) lead to an IPv4 address. */
function carriesV4({ base, bits }: IpNetwork): boolean {
  const holds = ([first, width]: readonly [ipaddr.IPv6, number]): boolean =>
    width > bits && 'isIPv4MappedAddress' in base && first.match([base, bits]);
  if (carrying.some(holds)) return true;
  const isCompatible = base
    .toByteArray()
    .slice(0, 12)
    .every((byte) => byte === 0);
  const isPlain = base.toString() === '::' || base.toString() === '::1';
  return carriers.has(base.range()) || (isCompatible && !isPlain);
}
