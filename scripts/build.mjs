// Compiles src and adapters into dist. The folder is emptied first: a file that left src must not be published.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
rmSync(join(root, 'dist'), { recursive: true, force: true });
const starter = join(import.meta.dirname, 'with-node24.mjs');
const { status } = spawnSync(process.execPath, [starter, 'tsc', '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
});
process.exit(status ?? 1);
