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
    'lint',
    {
      summary: 'say what is odd about rules that load: dead, contradictory, too wide',
      load: async () => (await import('./lint.ts')).lint,
    },
  ],
  [
    'test',
    {
      summary: 'run the tests of rules with limits counted, and say what no test exercises',
      load: async () => (await import('./test.ts')).test,
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
    'replay',
    {
      summary: 'feed recorded calls through the pipeline, and count what the rules say',
      load: async () => (await import('./replay-command.ts')).replay,
    },
  ],
  [
    'simulate',
    {
      summary: 'say what other rules would have done to recorded calls',
      load: async () => (await import('./simulate.ts')).simulate,
    },
  ],
  [
    'judge-bench',
    {
      summary: 'measure the judging model by labelled calls, live or recorded',
      load: async () => (await import('./judge-bench/judge-bench.ts')).judgeBench,
    },
  ],
  [
    'inbox',
    {
      summary: 'list the calls that wait for a person',
      load: async () => (await import('./inbox.ts')).inbox,
    },
  ],
  [
    'approve',
    {
      summary: 'show a waiting call, ask, and let it run',
      load: async () => (await import('./answer.ts')).approve,
    },
  ],
  [
    'deny',
    {
      summary: 'show a waiting call, ask, and refuse it',
      load: async () => (await import('./answer.ts')).deny,
    },
  ],
  [
    'kill',
    {
      summary: 'stop everything, a tool, an agent or a session, now',
      load: async () => (await import('./kill.ts')).kill,
    },
  ],
  [
    'revive',
    {
      summary: 'take a kill back',
      load: async () => (await import('./kill.ts')).revive,
    },
  ],
  [
    'rules accept',
    {
      summary: 'put rules in force that loosen and wait',
      load: async () => (await import('./rules.ts')).rulesAccept,
    },
  ],
  [
    'rules lift',
    {
      summary: 'put a rule on trial again whose rollout was put back',
      load: async () => (await import('./rules-stats.ts')).rulesLift,
    },
  ],
  [
    'rules stats',
    {
      summary: 'show what is known of rules in shadow and of rollouts',
      load: async () => (await import('./rules-stats.ts')).rulesStats,
    },
  ],
  [
    'rules reload',
    {
      summary: 'read the rules now',
      load: async () => (await import('./rules.ts')).rulesReload,
    },
  ],
  [
    'rules history',
    {
      summary: 'list the rules that were in force: when, by whom, why',
      load: async () => (await import('./rules-history.ts')).rulesHistory,
    },
  ],
  [
    'rules show',
    {
      summary: 'print the rules of a version, or of a time, as they were',
      load: async () => (await import('./rules-show.ts')).rulesShow,
    },
  ],
  [
    'rules diff',
    {
      summary: 'say what changes between two versions, or to the files on disk',
      load: async () => (await import('./rules-diff.ts')).rulesDiff,
    },
  ],
  [
    'rules rollback',
    {
      summary: 'put an older version in force again, and pin it',
      load: async () => (await import('./rules-pin.ts')).rulesRollback,
    },
  ],
  [
    'rules pin',
    {
      summary: 'keep what is in force, whatever is saved',
      load: async () => (await import('./rules-pin.ts')).rulesPin,
    },
  ],
  [
    'rules unpin',
    {
      summary: 'end a pin, and put the files in force',
      load: async () => (await import('./rules-release.ts')).rulesUnpin,
    },
  ],
  [
    'rules edit',
    {
      summary: 'collect several edits, and put them in force as one',
      load: async () => (await import('./rules-edit.ts')).rulesEdit,
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
  [
    'health',
    {
      summary: 'say whether all is well, and what is not',
      load: async () => (await import('./health.ts')).health,
    },
  ],
]);
