import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { leafHash } from '../../../src/core/audit/chain.ts';
import { createMerkleRange, emptyRoot, nodeHash } from '../../../src/core/audit/merkle.ts';
import { sha256Hex } from '../../../src/core/model/sha256.ts';

const vectors = new URL('../../../../shared/vectors/merkle/rfc6962-roots.json', import.meta.url);

/** The definition of RFC 6962, section 2.1, word by word. */
function rootByDefinition(leaves: readonly string[]): string {
  const [first] = leaves;
  if (first === undefined) return sha256Hex('');
  if (leaves.length === 1) return first;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(rootByDefinition(leaves.slice(0, split)), rootByDefinition(leaves.slice(split)));
}

describe('merkle range', () => {
  it('has the root of RFC 6962 at every size up to 200', () => {
    const range = createMerkleRange();
    const leaves: string[] = [];
    expect(range.root()).toBe(emptyRoot);
    for (let size = 1; size <= 200; size += 1) {
      const leaf = leafHash(`leaf ${size}`);
      leaves.push(leaf);
      range.push(leaf);
      expect(range.size()).toBe(size);
      expect(range.root()).toBe(rootByDefinition(leaves));
    }
  });

  it.skipIf(!existsSync(vectors))('has the published roots (skipped without ../shared)', () => {
    const { leaves, roots }: { leaves: string[]; roots: string[] } = JSON.parse(
      readFileSync(vectors, 'utf8'),
    );
    const range = createMerkleRange();
    expect(range.root()).toBe(roots[0]);
    leaves.forEach((leaf, index) => {
      range.push(sha256Hex(Buffer.from(`00${leaf}`, 'hex')));
      expect(range.root()).toBe(roots[index + 1]);
    });
    expect(leaves).toHaveLength(8);
  });
});
