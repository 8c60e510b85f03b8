import type { Command } from './command.ts';

interface Entry {
  /** One line, for the overview. */
  readonly summary: string;
  /** Only the command that is asked for is loaded. */
  load(): Promise<Command>;
}

/** Every command by its words, in the order of the overview. */
export const commands: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  [
    'init',
    {
      summary: 'write starter rules, a tools file and a configuration; overwrites nothing',
      load: async () => (await import('./init.ts')).init,
    },
  ],
  [
    'check',
    {
      summary: 'show every mistake in a rules folder in its line; run its tests',
      load: async () => (await import('./check.ts')).check,
    },
  ],
  [
    'explain',
    {
      summary: 'say which rule decides a call, and why',
      load: async () => (await import('./explain.ts')).explain,
    },
  ],
  [
    'audit verify',
    {
      summary: 'verify an action log from its files alone',
      load: async () => (await import('./audit-verify.ts')).auditVerify,
    },
  ],
  [
    'audit tail',
    {
      summary: 'show the last entries of an action log, and those to come',
      load: async () => (await import('./audit-tail.ts')).auditTail,
    },
  ],
]);
