import { verdictOf } from '../core/rules/compiled-rule.ts';
import { type Played, type Trial, playTest } from '../core/rules/embedded-tests.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import type { TestSource } from '../core/rules/test-source.ts';
import type { TestFile } from './test-files.ts';

/** A step that got something else than it expects, or a test that cannot be run. */
export interface Failure {
  readonly file: string;
  /** The rule that the test stands in, or the name of the test. */
  readonly of: string;
  /** RFC 6901, from the rule or the file. */
  readonly at: string;
  readonly expected: string;
  readonly given: string;
  readonly rule: string | null;
  readonly code: string;
  /** The allow rule that missed by one part of its condition. */
  readonly nearest: { readonly rule: string; readonly missed: string } | null;
}

export interface TestRun {
  readonly tests: number;
  readonly failures: readonly Failure[];
  /** Every call that was tried, for coverage. */
  readonly trials: readonly Trial[];
}

interface Written {
  readonly file: string;
  readonly of: string;
  readonly at: string;
  readonly test: TestSource;
}

/** Runs the tests that stand in rules, and those of test files, each with counters of its own. */
export function runAllTests(
  set: RuleSet,
  files: readonly TestFile[],
  defaults: { readonly env?: string },
): TestRun {
  const embedded = set.rules.flatMap(({ source, file }): Written[] =>
    (source.tests ?? []).map((test, nth) => ({ file, of: source.name, at: `/tests/${nth}`, test })),
  );
  const beside = files.flatMap(({ file, tests }): Written[] =>
    tests.map(({ name, ...test }, nth) => ({ file, of: name ?? '', at: `/tests/${nth}`, test })),
  );
  const failures: Failure[] = [];
  const trials: Trial[] = [];
  for (const written of [...embedded, ...beside]) {
    const played = playTest(set, written.test, defaults);
    if (typeof played === 'string') {
      failures.push({ ...toFailure(set, written, undefined), given: played });
      continue;
    }
    trials.push(...played.map(({ trial }) => trial));
    const wrong = played.filter(({ outcome, expect }) => outcome.verdict !== verdictOf[expect]);
    failures.push(...wrong.map((one) => toFailure(set, written, one)));
  }
  return { tests: embedded.length + beside.length, failures, trials };
}

const approvalOf = { allow: 'auto_approve', review: 'require_review', deny: 'deny' } as const;

function toFailure(
  set: RuleSet,
  { file, of, at, test }: Written,
  played: Played | undefined,
): Failure {
  if (played === undefined) {
    return { file, of, at, expected: test.expect, given: '', rule: null, code: '', nearest: null };
  }
  const { outcome, expect, trial } = played;
  const { nearest } = set.decide(trial.call, trial.facts).explanation ?? {};
  return {
    file,
    of,
    at: [at, ...played.at].join('/'),
    expected: expect,
    given: approvalOf[outcome.verdict],
    rule: outcome.rule ?? null,
    code: outcome.code,
    nearest: nearest ?? null,
  };
}
