import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** New folders that vanish together. */
export function createTempDirs(parent = tmpdir()): {
  readonly make: () => string;
  readonly clear: () => void;
} {
  const root = mkdtempSync(join(parent, 'ringfence-'));
  let made = 0;
  return {
    make() {
      made += 1;
      return join(root, String(made));
    },
    clear: () => rmSync(root, { recursive: true, force: true }),
  };
}
