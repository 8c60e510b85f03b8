import { sha256Hex } from '../model/sha256.ts';

const blockBytes = 64; // of SHA-256
const hashBytes = 32;

/**
 * HMAC-SHA256(salt, name || 0 || value) in hexadecimal (RFC 2104). The salt is hexadecimal, at most 64 bytes.
 * Two one-shot hashes in one buffer take a fifth of the time of `createHmac`; held equal to it by a test.
 */
export function commit(salt: string, name: string, value: string): string {
  return hmac(openKey(salt), `${name}\0${value}`);
}

/** The commitments to several values under one salt, by name. */
export function commitAll(
  salt: string,
  values: { readonly [name: string]: string },
): { readonly [name: string]: string } {
  const key = openKey(salt);
  const commitments: { [name: string]: string } = {};
  for (const name of Object.keys(values)) {
    commitments[name] = hmac(key, `${name}\0${values[name] ?? ''}`);
  }
  return commitments;
}

interface Key {
  readonly inner: Buffer;
  /** The outer pad, with room for the inner hash behind it. */
  readonly outer: Buffer;
}

function openKey(salt: string): Key {
  const key = Buffer.from(salt, 'hex');
  if (key.length === 0 || key.length * 2 !== salt.length || key.length > blockBytes) {
    throw new RangeError('salt: expected 1 to 64 bytes in hexadecimal digits');
  }
  const inner = Buffer.allocUnsafe(blockBytes).fill(0x36);
  const outer = Buffer.allocUnsafe(blockBytes + hashBytes).fill(0x5c);
  for (let index = 0; index < key.length; index += 1) {
    const byte = key[index] ?? 0;
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  return { inner, outer };
}

function hmac({ inner, outer }: Key, text: string): string {
  const message = Buffer.allocUnsafe(blockBytes + Buffer.byteLength(text));
  inner.copy(message);
  message.write(text, blockBytes);
  // by way of hexadecimal, since Node makes a string of a hash four times as fast as a buffer
  outer.write(sha256Hex(message), blockBytes, 'hex');
  return sha256Hex(outer);
}
