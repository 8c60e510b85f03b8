import { spawnSync } from 'node:child_process';

/** Runs a module of ours in a fresh process of this Node and gives what it printed; throws what it complained of. */
export function runChild(
  file: string,
  {
    nodeOptions = [],
    args = [],
  }: { nodeOptions?: readonly string[]; args?: readonly string[] } = {},
): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['-C', 'ringfence-src', ...nodeOptions, file, ...args],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${file} ended with ${status ?? 'a signal'}:\n${stderr}`);
  return stdout;
}
