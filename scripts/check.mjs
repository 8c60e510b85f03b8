// Everything that must hold before a push, in the order of the fastest answer; stops at the first failure.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const starter = join(import.meta.dirname, 'with-node24.mjs');
const steps = [
  ['format', 'oxfmt', '--check', '.'],
  ['lint', 'oxlint', '.'],
  ['types', 'tsc', '-p', '.'],
  ['tests, boundaries and docs among them', 'vitest', 'run'],
];

for (const [title, ...command] of steps) {
  console.log(`\n== ${title}: ${command.join(' ')}`);
  const { status } = spawnSync(process.execPath, [starter, ...command], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status === 0) continue;
  console.error(
    `\ncheck failed at ${title}; run \`node scripts/with-node24.mjs ${command.join(' ')}\` alone`,
  );
  process.exit(status ?? 1);
}
console.log('\ncheck passed: format, lint, types, tests');
