// Packs the package, installs it into an empty project and loads its doors there, with `import` and with `require`,
// under Node 24 and the oldest Node we promise. Needs the npm registry, so it is not a part of `npm test`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const oldest = '22.22.1';
const root = join(import.meta.dirname, '..');
const project = mkdtempSync(join(tmpdir(), 'ringfence-pack-'));
const { exports: doors } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
// what needs a framework beside it is loaded by the tests of its adapter
const names = Object.keys(doors).filter((door) => door === '.' || door === './spi');

const run = (command, args, cwd = project) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

function findNode22() {
  const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  try {
    run('npm', ['install', '--no-save', '--silent', `${platform}@${oldest}`]);
    return join(project, 'node_modules', platform, 'bin', 'node');
  } catch {
    console.log(`skipped: npm has no ${platform}@${oldest}`);
    return undefined;
  }
}

// so many are checked in a thread, whose file must be found beside the build
const manyRules = `
import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHypervisor } from 'ringfence';
const home = mkdtempSync(join(tmpdir(), 'ringfence-many-'));
mkdirSync(join(home, 'rules'), { mode: 0o700 });
const rules = Array.from({ length: 1500 }, (_, i) => ({ name: 'r' + i, condition: { tool: 't' + i }, approval: 'deny' }));
writeFileSync(join(home, 'rules', 'a.json'), JSON.stringify({ rules }), { mode: 0o600 });
const hypervisor = await createHypervisor({ dir: join(home, 'data'), rules: join(home, 'rules'), logger: false });
const { ok, problems } = await hypervisor.health();
await hypervisor.close();
if (!ok) throw new Error(problems.join('; '));
console.log('rules in a thread', process.version);
`;

try {
  run('npm', ['run', '--silent', 'build'], root);
  const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', project];
  const tarball = run('npm', pack, root).trim().split('\n').at(-1);
  writeFileSync(join(project, 'package.json'), '{"name":"consumer","private":true}');
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', `./${tarball}`]);
  const specifiers = names.map((door) => `ringfence${door.slice(1)}`);
  const imports = specifiers.map((name) => `await import('${name}');`).join('');
  const requires = specifiers.map((name) => `require('${name}');`).join('');
  writeFileSync(join(project, 'a.mjs'), `${imports} console.log('import', process.version);`);
  writeFileSync(join(project, 'b.cjs'), `${requires} console.log('require', process.version);`);
  writeFileSync(join(project, 'c.mjs'), manyRules);
  for (const node of [process.execPath, findNode22()].filter(Boolean)) {
    for (const file of ['a.mjs', 'b.cjs', 'c.mjs']) process.stdout.write(run(node, [file]));
    const help = run(node, [join('node_modules', 'ringfence', 'dist/src/cli/main.js'), '--help']);
    if (!help.includes('ringfence')) throw new Error('the binary does not answer --help');
  }
  console.log('packed, installed and loaded');
} finally {
  rmSync(project, { recursive: true, force: true });
}
