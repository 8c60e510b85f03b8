import type { ToolCall } from '../model/call.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { canonicalName } from '../model/names.ts';
import type { ToolDefinition } from '../model/tool.ts';
import type { RuleFacts } from './call-context.ts';
import { verdictOf } from './compiled-rule.ts';
import { lexicalPath } from './path-text.ts';
import { knowledgeFrom } from './given.ts';
import { type Finding, ofRule } from './problem.ts';
import { toTold } from './remedy.ts';
import type { ReadRule } from './read-file.ts';
import type { RuleSet } from './rule-set.ts';
import { secondOpinion } from './second-opinion.ts';
import type { TestSource } from './test-source.ts';
import { type Outcome, createTrialLimits } from './trial-limits.ts';
import { compileWhen } from './when.ts';
import { whenData } from './when-data.ts';

/** Where tests stand that name no environment. */
interface TestDefaults {
  readonly env?: string;
}

/**
 * When a test is made that names no time, the same on every day: a Monday, 5 January 2026, noon UTC. By the clock a set
 * that was put in force could not be read any more once a rule of it expired, or at night.
 */
const testTimeMs = Date.UTC(2026, 0, 5, 12);

/** Runs the tests that stand in rules against the whole set, and both engines over every tested `when`. */
export function runTests(
  set: RuleSet,
  rules: readonly ReadRule[],
  defaults: TestDefaults,
): readonly Finding[] {
  return rules.flatMap((rule) =>
    ofRule(
      rule.source.name,
      (rule.source.tests ?? []).flatMap((_, index) => runTest(set, rule, index, defaults)),
    ),
  );
}

function runTest(
  set: RuleSet,
  { source, path }: ReadRule,
  index: number,
  defaults: TestDefaults,
): readonly Finding[] {
  const test = source.tests?.[index];
  if (test === undefined) return [];
  const at = [...path, 'tests', index];
  const played = playTest(set, test, defaults);
  if (typeof played === 'string') return [{ path: at, ...toTold(played, 'mend the test') }];
  const decided = played.flatMap((one) => compareVerdict(one, [...at, ...one.at]));
  const { when } = source.condition;
  const trial = played[0]?.trial;
  if (when === undefined || trial === undefined) return decided;
  return decided.concat(compareEngines(when, trial, [...path, 'condition', 'when']));
}

/** One step of a test, once it was taken as often as it says. */
export interface Played {
  /** From the test. */
  readonly at: Steps;
  readonly trial: Trial;
  readonly expect: TestSource['expect'];
  readonly outcome: Outcome;
}

/** Takes all steps of a test, its limits counted from nothing; a text says why it cannot be taken. */
export function playTest(
  set: RuleSet,
  test: TestSource,
  defaults: TestDefaults,
): readonly Played[] | string {
  const count = createTrialLimits();
  const played: Played[] = [];
  let { call: lastCall, time: lastTime } = test;
  for (const [index, step] of [test, ...(test.steps ?? [])].entries()) {
    lastCall = step.call ?? lastCall;
    lastTime = step.time ?? lastTime;
    const trial = tryTrial({ ...test, call: lastCall, time: lastTime }, defaults);
    if (typeof trial === 'string') return trial;
    const { call, facts } = trial;
    let outcome = count(set.decide(call, facts), facts.nowMs);
    for (let nth = 1; nth < (step.times ?? 1); nth += 1) {
      outcome = count(set.decide(call, facts), facts.nowMs);
    }
    const at = index === 0 ? [] : ['steps', index - 1];
    played.push({ at, trial, expect: step.expect, outcome });
  }
  return played;
}

/** A call that was written down, with what its writer says of its surroundings. */
export interface Trial {
  readonly call: ToolCall;
  readonly facts: RuleFacts;
}
type Steps = Finding['path'];

function tryTrial(test: TestSource, { env }: TestDefaults): Trial | string {
  try {
    return toTrial(test, env === undefined ? {} : { env });
  } catch (error) {
    // only names can be wrong here, and their error says which
    return error instanceof Error ? error.message : 'the test cannot be run';
  }
}

/** Throws `NAME_INVALID` for names that no call could have. */
export function toTrial(
  { call, time, given }: Pick<TestSource, 'call' | 'time' | 'given'>,
  options: TestDefaults & { readonly nowMs?: number },
): Trial {
  const { role = [], permission = [], manifest, schema } = call;
  const agent = {
    kind: 'agent',
    id: canonicalName('agent', call.agent ?? 'test'),
    roles: typeof role === 'string' ? [role] : role,
    permissions: (typeof permission === 'string' ? [permission] : permission).map((each) =>
      canonicalName('permission', each),
    ),
  } as const;
  const session = {
    kind: 'session',
    id: call.session ?? 'test',
    observe: () => undefined,
    join: () => Promise.reject(new Error('a test has no other agents')),
    end: () => Promise.reject(new Error('the session of a test does not end')),
  } as const;
  const tool: ToolDefinition = {
    name: call.tool,
    description: call.description ?? '',
    ...(manifest === undefined ? undefined : { manifest }),
    ...(schema === undefined ? undefined : { schema }),
  };
  const args: JsonObject = call.args ?? {};
  const nowMs = time === undefined ? (options.nowMs ?? testTimeMs) : Date.parse(time);
  return {
    call: {
      id: 'test',
      tool: canonicalName('tool', call.tool),
      action: canonicalName('action', call.action ?? 'run'),
      // what is kept by definition must not be shared between tests that declare differently
      definition: `test ${JSON.stringify([manifest ?? null, schema ?? null])}`,
      args,
      seat: { agent, session },
      fingerprint: 'test',
    },
    facts: {
      tool,
      ring: call.ring ?? 2,
      env: call.env ?? options.env ?? 'production',
      nowMs,
      approvalMs: 3_600_000,
      session: knowledgeFrom(given, nowMs),
      // a test has no file system: paths are taken as they are written
      realPath: lexicalPath,
      side: 'candidate',
    },
  };
}

function compareVerdict({ outcome, expect }: Played, at: Steps): Finding[] {
  if (outcome.verdict === verdictOf[expect]) return [];
  const path = [...at, 'expect'];
  const given = Object.entries(verdictOf).find(([, verdict]) => verdict === outcome.verdict)?.[0];
  const isUnbuilt = outcome.code === 'FILTER_MISSING' || outcome.code === 'REQUIREMENT_MISSING';
  const message = `the test expects \`${expect}\`, but the rules give \`${given}\` ${becauseOf(outcome)}`;
  if (!isUnbuilt) return [{ path, message, remedy: 'mend the rule or the test' }];
  const remedy = 'register the filter or requirement that the rule asks for, or expect `deny`';
  const isNotThere = `${message}, which asks for what is not there`;
  return [{ path, severity: 'warning', message: isNotThere, remedy }];
}

function becauseOf({ rule, code }: Outcome): string {
  if (rule === undefined) return 'because no rule matches';
  const isFull = code === 'LIMIT_EXCEEDED';
  return isFull ? `because a limit of rule \`${rule}\` is full` : `because of rule \`${rule}\``;
}

function compareEngines(when: Json, trial: Trial, path: Steps): readonly Finding[] {
  const { definite } = compileWhen(when).answer(trial, true);
  if (definite === undefined) return [];
  const second = secondOpinion(when, whenData(trial, true));
  if (second === definite) return [];
  const message = `\`when\` is ${definite} for a test of this rule, but json-logic-js says ${second ?? 'neither'}`;
  return [{ path, message, remedy: 'write it so that both engines agree' }];
}
