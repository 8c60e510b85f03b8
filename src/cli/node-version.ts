import { misuse } from './exit-code.ts';

const least = { major: 22, minor: 22 } as const;

/** Throws for a Node that lacks what the commands are built on; npm only warns of `engines`. */
export function checkNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > least.major || (major === least.major && minor >= least.minor)) return;
  throw misuse(
    `Node ${version} is too old for this command`,
    `run it with Node ${least.major}.${least.minor} or newer`,
  );
}
