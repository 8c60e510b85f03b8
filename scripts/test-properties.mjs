// Runs the property tests under other seeds than `npm test` does: `npm run test:properties [-- ROUNDS [FIRST_SEED]]`.
// It stops at the first seed that fails, and says how to run it again.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';

const [rounds = '10', first = String(randomInt(2 ** 30))] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(rounds) || !/^\d+$/.test(first)) {
  process.stderr.write('usage: npm run test:properties [-- ROUNDS [FIRST_SEED]]\n');
  process.exit(2);
}
const own = globSync('test/**/*.test.ts').filter((file) => {
  const text = readFileSync(file, 'utf8');
  return text.includes("from 'fast-check'") || text.includes('model-contract.ts');
});
for (let round = 0; round < Number(rounds); round += 1) {
  const seed = String(Number(first) + round);
  process.stdout.write(`seed ${seed} (${round + 1} of ${rounds})\n`);
  const { status } = spawnSync(
    process.execPath,
    ['scripts/with-node24.mjs', 'vitest', 'run', '--reporter=dot', ...own],
    { stdio: 'inherit', env: { ...process.env, PROPERTY_SEED: seed } },
  );
  if (status !== 0) {
    process.stdout.write(`again: npm run test:properties -- 1 ${seed}\n`);
    process.exit(1);
  }
}
