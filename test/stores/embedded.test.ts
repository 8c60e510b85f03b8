import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openFolder } from '../../src/stores/embedded/folder.ts';
import type { Folder } from '../../src/stores/embedded/folder.ts';
import { logContract } from '../contracts/log-contract.ts';
import { recordsContract } from '../contracts/records-contract.ts';
import { vaultContract } from '../contracts/vault-contract.ts';
import { createFakeClock } from './clocks.ts';

const root = mkdtempSync(join(tmpdir(), 'ringfence-embedded-'));
const folders: Folder[] = [];
afterAll(async () => {
  for (const folder of folders) await folder.close();
  rmSync(root, { recursive: true, force: true });
});

async function open(segmentBytes?: number): Promise<Folder> {
  const dir = join(root, String(folders.length));
  const size = segmentBytes === undefined ? {} : { segmentBytes };
  const folder = await openFolder({ dir, clock: createFakeClock(), ...size });
  folders.push(folder);
  return folder;
}

logContract('embedded', async () => (await open()).log);
logContract('embedded, a segment for every batch', async () => (await open(1)).log);
vaultContract('embedded', async () => (await open()).vault);
vaultContract('embedded, a file for every batch', async () => (await open(1)).vault);
recordsContract('embedded', async () => (await open()).records);
