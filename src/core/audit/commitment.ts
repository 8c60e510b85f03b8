import { sha256, sha256Hex } from '../model/sha256.ts';

const blockBytes = 64; // of SHA-256
const hashBytes = 32;

/**
 * HMAC-SHA256(salt, name || 0 || value) in hexadecimal (RFC 2104). The salt is hexadecimal, at most 64 bytes.
 * Built from two one-shot hashes, which take half the time of `createHmac`; held equal to it by a test.
 */
export function commit(salt: string, name: string, value: string): string {
  return commitAll(salt, { [name]: value })[name] ?? '';
}

/** The commitments to several values under one salt, by name. */
export function commitAll(
  salt: string,
  values: { readonly [name: string]: string },
): { readonly [name: string]: string } {
  const pads = openPads(salt);
  const commitments: { [name: string]: string } = {};
  for (const name of Object.keys(values)) {
    commitments[name] = hmac(pads, `${name}\0${values[name] ?? ''}`);
  }
  return commitments;
}

interface Pads {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

function openPads(salt: string): Pads {
  const key = Buffer.from(salt, 'hex');
  if (key.length === 0 || key.length * 2 !== salt.length || key.length > blockBytes) {
    throw new RangeError('salt: expected 1 to 64 bytes in hexadecimal digits');
  }
  const inner = Buffer.alloc(blockBytes, 0x36);
  const outer = Buffer.alloc(blockBytes + hashBytes, 0x5c);
  for (let index = 0; index < key.length; index += 1) {
    const byte = key[index] ?? 0;
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  return { inner, outer };
}

function hmac({ inner, outer }: Pads, text: string): string {
  const message = Buffer.concat([inner, Buffer.from(text)]);
  sha256(message).copy(outer, blockBytes);
  return sha256Hex(outer);
}
