import { sha256Hex } from '../model/sha256.ts';

/** A Merkle tree that only grows, kept as the roots of its full subtrees: at most one a bit of its size. */
export interface MerkleRange {
  /** Adds a leaf hash (hexadecimal). */
  push(leaf: string): void;
  readonly size: () => number;
  /** The RFC 6962 root of all leaves so far, in hexadecimal. */
  root(): string;
}

/** The root of no leaves: SHA-256 of nothing. */
export const emptyRoot = sha256Hex('');

/** SHA-256(0x01 || left || right), RFC 6962, section 2.1. */
export function nodeHash(left: string, right: string): string {
  return sha256Hex(Buffer.from(`01${left}${right}`, 'hex'));
}

export function createMerkleRange(): MerkleRange {
  const subtrees: string[] = []; // roots of full subtrees, largest first, sizes as the bits of `size`
  let size = 0;
  return {
    push(leaf) {
      let node = leaf;
      // a carry, as in adding one to a binary number: equal subtrees join into one of twice the size
      for (let bits = size; bits % 2 === 1; bits = Math.floor(bits / 2)) {
        node = nodeHash(subtrees.pop() ?? emptyRoot, node);
      }
      subtrees.push(node);
      size += 1;
    },
    size: () => size,
    root() {
      if (size === 0) return emptyRoot;
      return subtrees.reduceRight((right, left) => nodeHash(left, right));
    },
  };
}
