import { createInterface } from 'node:readline';
import type { CliIo } from './io.ts';

/** Asks a yes-or-no question on the terminal; everything but `y` or `yes`, and the end of the input, is no. */
export async function confirm(question: string, io: CliIo): Promise<boolean> {
  io.stderr.write(`${question} [y/N] `);
  const lines = createInterface({ input: io.stdin, terminal: false });
  try {
    for await (const line of lines) return /^y(?:es)?$/iu.test(line.trim());
    io.stderr.write('\n');
    return false;
  } finally {
    lines.close();
  }
}
