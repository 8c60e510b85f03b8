import type { Readable, Writable } from 'node:stream';

/** What the command line knows of the world, so that a test can run it in its own process. */
export interface CliIo {
  /** Answers only. */
  readonly stdout: Writable;
  /** Talk: hints, questions, progress, warnings and errors. */
  readonly stderr: Writable;
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly cwd: string;
  /** Which of the three is a terminal. */
  readonly isTty: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** Such as `24.1.0`. */
  readonly nodeVersion: string;
  /** Ends what would go on for ever (`audit tail --follow`). */
  readonly signal?: AbortSignal;
}

/** The streams of this process. */
export function systemIo(): CliIo {
  const { stdin, stdout, stderr, env } = process;
  const isTty = { stdin: stdin.isTTY, stdout: stdout.isTTY, stderr: stderr.isTTY };
  const nodeVersion = process.versions.node;
  return { stdin, stdout, stderr, env, cwd: process.cwd(), isTty, nodeVersion };
}
