// Starts a command under Node 24, installing what is missing first; plain JS that any Node >= 20 can run.
// npm skips `pre` scripts under ignore-scripts, so the set-up happens here (docs/decisions/002-node-24-comes-along.md).
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const minimum = [22, 22];

/** The lockfile that npm writes into node_modules is as new as the last install. */
function isInstalled() {
  const stamp = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(stamp)) return false;
  return statSync(stamp).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function install() {
  process.stderr.write('ringfence: installing the dependencies (npm ci) …\n');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', ['ci', ...quiet], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) fail('npm ci failed; see its message above');
}

function fail(message) {
  process.stderr.write(`ringfence: ${message}\n`);
  process.exit(1);
}

function versionOf(node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().slice(1).split('.').map(Number) : undefined;
}

function isNewEnough(version) {
  if (version === undefined) return false;
  const [major = 0, minor = 0] = version;
  return major > minimum[0] || (major === minimum[0] && minor >= minimum[1]);
}

/** Node 24 from npm where there is a binary for this platform; else the machine's own, if new enough. */
function findNode() {
  const os = process.platform === 'win32' ? 'win' : process.platform;
  const exe = process.platform === 'win32' ? 'node.exe' : 'node';
  const bundled = join(root, 'node_modules', `node-${os}-${process.arch}`, 'bin', exe);
  if (existsSync(bundled) && isNewEnough(versionOf(bundled))) return bundled;
  if (isNewEnough(process.versions.node.split('.').map(Number))) return process.execPath;
  return fail(
    `Node ${process.versions.node} is too old and npm has no Node 24 for ${os}-${process.arch}; install Node >= 22.22`,
  );
}

/** `vitest` -> its JS entry, so that the child runs under the Node we chose and not under the first on PATH. */
function entryOf(name) {
  const folder = join(root, 'node_modules', name === 'tsc' ? 'typescript' : name);
  if (!existsSync(join(folder, 'package.json'))) return undefined;
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = typeof bin === 'string' ? bin : bin?.[name];
  return file === undefined ? undefined : join(folder, file);
}

const [command, ...args] = process.argv.slice(2);
if (command === undefined) fail('usage: node scripts/with-node24.mjs COMMAND [ARGS]');
if (!isInstalled()) install();
const node = findNode();
const entry = command === 'node' ? undefined : entryOf(command);
if (command !== 'node' && entry === undefined) fail(`no such tool in node_modules: ${command}`);
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
const child = spawn(node, entry === undefined ? args : [entry, ...args], { stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(error.message));
child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
