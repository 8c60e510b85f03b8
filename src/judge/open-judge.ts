import { resolve } from 'node:path';
import type { Inside } from '../core/hypervisor/assembly.ts';
import type { Hypervisor } from '../core/hypervisor/api.ts';
import { describeThrown } from '../core/model/describe-thrown.ts';
import { SupervisionError } from '../core/model/errors.ts';
import type { CallSummary } from '../core/model/decision.ts';
import type { Supervisor } from '../core/model/extension.ts';
import { isJsonArray, toText } from '../core/model/json.ts';
import type { Clock, Counters, Ids, Journal, Records } from '../core/model/ports.ts';
import { createHybridSupervisor, type HybridOptions } from '../core/supervisors/hybrid.ts';
import { createBudget, type Budget } from '../core/supervisors/judge/budget.ts';
import { createCalibration } from '../core/supervisors/judge/calibration.ts';
import { createDenialBreaker, type DenialBreaker } from '../core/supervisors/judge/denials.ts';
import { createJudge } from '../core/supervisors/judge/judge.ts';
import type { Judge } from '../core/supervisors/judge/judgement.ts';
import { createLLMSupervisor } from '../core/supervisors/llm.ts';
import { createRuleBasedSupervisor } from '../core/supervisors/rule-based.ts';
import { findPackageFile } from '../files/package-file.ts';
import { openPromptManager, type PromptManager } from '../files/prompt-manager.ts';
import { createSummarizer } from '../core/supervisors/judge/summary.ts';
import { toCanaryOptions } from './canary-settings.ts';
import { checkModels } from './check-models.ts';
import { openDenialKeeper } from './denial-keeper.ts';
import {
  openOperatorFile,
  parseCalibration,
  parsePolicy,
  type FileOptions,
  type OperatorFile,
} from './operator-files.ts';
import {
  checkJudge,
  checkPrices,
  invalid,
  modelsOf,
  type JudgeSettings,
  type JudgeTimes,
} from './settings.ts';
import { toStages } from './stages.ts';
import { createSummaries, type Summaries } from './summaries.ts';
import { openTrustKeeper } from './trust-keeper.ts';

/** A judging model with everything around it, for the composition root. */
export interface JudgeSystem {
  readonly judge: Judge;
  readonly prompts: PromptManager;
  /** In the place of the rule-based supervisor alone. */
  supervisors(
    rules: Omit<HybridOptions, 'judge' | 'onUnavailable' | 'counters'>,
  ): readonly Supervisor[];
  /** What a model says of a call that waits for a person. */
  findSummary(approvalId: string): CallSummary | undefined;
  /** Prompts, policy and calibration: out of bounds for every tool. */
  paths(): readonly string[];
  problems(): readonly string[];
  /** Watches prompts and files, listens for reloads and answers, and asks the models whether they are there. */
  start(hypervisor: Hypervisor, inside: Inside): Promise<void>;
  close(): Promise<void>;
}

export interface JudgeSurroundings {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly counters: Counters;
  readonly records: Records;
  readonly decideTimeoutMs: number;
}

/** Throws `CONFIG_INVALID` or `PROMPT_INVALID`: nothing is judged by half a judge. Nothing runs before `start`. */
export async function openJudge(
  settings: JudgeSettings,
  around: JudgeSurroundings,
): Promise<JudgeSystem> {
  const { clock, ids, records, decideTimeoutMs } = around;
  const times = checkJudge(settings, decideTimeoutMs);
  if (settings.policy !== undefined && settings.policyFile !== undefined) {
    throw invalid('`judge.policy` and `judge.policyFile` are both there; keep one of them');
  }
  const canaries = toCanaryOptions(settings.canaries ?? {}, ids);
  let inside: Inside | undefined;
  const journal: Journal = (entry) => {
    if (inside !== undefined) return inside.journal(entry);
    return Promise.reject(new SupervisionError('LOG_UNAVAILABLE', 'the log is not open yet'));
  };
  const trust = await openTrustKeeper(records, { clock, journal });
  if (canaries === undefined && trust.failedBefore !== undefined) throw notTrusted();
  const forget = (): void => judge.forget();
  const prompts = await openPromptManager({
    shipped: findPackageFile('prompts'),
    clock,
    onChange: forget,
    ...(settings.prompts === undefined ? {} : { overrides: resolve(settings.prompts) }),
  });
  const policy = await openFile('policy', settings.policyFile, {
    clock,
    onChange: forget,
    parse: parsePolicy,
  });
  const calibration = await openFile('calibration', settings.calibrationFile, {
    clock,
    onChange: forget,
    parse: parseCalibration,
  });
  const kept = await openDenialKeeper(records, (session, error) => {
    inside?.emit('judge.pause_unkept', { session, reason: describeThrown(error) });
  });
  const denials = createDenialBreaker(kept);
  const models = modelsOf(settings);
  const health = checkModels(models, clock);
  const budget = toBudget(settings, around.counters, journal);
  const judge = createJudge({
    prompts: prompts.current,
    policy: () => policy?.current() ?? settings.policy ?? '',
    ...toStages(settings, times),
    threshold: times.confidenceThreshold,
    calibration: () => createCalibration(calibration?.current() ?? []),
    denials,
    counters: around.counters,
    cacheMs: times.cacheMs,
    clock,
    ids,
    emit: (name, event) => inside?.emit(name, event),
    ...(budget === undefined ? {} : { budget }),
    ...(canaries === undefined ? {} : { canaries: { ...canaries, ...trust } }),
  });
  const summaries = toSummaries(settings, times, { ...around, budget, prompts });
  const files = [policy, calibration].filter((file) => file !== undefined);
  const paths = [settings.policyFile, settings.calibrationFile].flatMap((path) =>
    path === undefined ? [] : [resolve(path)],
  );
  return {
    judge,
    prompts,
    supervisors: (rules) =>
      toSupervisors(settings, times, judge, { ...rules, counters: around.counters }),
    findSummary: (id) => summaries?.find(id),
    paths: () => [...paths, ...prompts.paths()],
    problems: () => [
      ...prompts.problems(),
      ...files.flatMap((file) => file.problems()),
      ...health.problems(),
      ...judge.problems(),
    ],
    async start(hypervisor, given) {
      inside = given;
      hypervisor.events.on('rules.activated', forget);
      followPauses(hypervisor, denials, given);
      summaries?.start(hypervisor, given);
      for (const file of files) file.start(given);
      await prompts.start(given);
      health.start((problem) => given.emit('judge.unhealthy', { reason: problem }));
    },
    async close() {
      judge.close();
      health.close();
      await summaries?.close();
      for (const file of files) file.close();
      await prompts.close();
      await kept.close();
      await Promise.all(models.map((model) => model.close()));
    },
  };
}

/**
 * A pause ends with the answer to a call that waited for a person because of it: a no at once, a yes only when the call is
 * allowed, since the model would else be asked about the very call that a person has just approved.
 */
function followPauses(
  { events }: Hypervisor,
  denials: DenialBreaker,
  { emit }: Pick<Inside, 'emit'>,
): void {
  events.on('approval.opened', (event) => {
    if (event['fault'] === 'paused') {
      denials.waits(toText(event['session']), toText(event['approval']));
    }
  });
  const answer = (session: string, approvals: readonly string[]): void => {
    if (denials.answered(session, approvals)) emit('judge.resumed', { session });
  };
  events.on('approval.answered', (event) => {
    if (event['verdict'] === 'deny') answer(toText(event['session']), [toText(event['approval'])]);
  });
  events.on('call.decided', (event) => {
    const { approvals } = event;
    if (event['verdict'] !== 'allow' || !isJsonArray(approvals)) return;
    answer(toText(event['session']), approvals.map(toText));
  });
}

/** Without canaries the judge could never earn it back, and must not be taken to have done so. */
function notTrusted(): SupervisionError {
  return invalid(
    '`judge.canaries.every` is 0, and the judge has lost its trust over a canary; put some until it has earned it back, or do without the judge',
  );
}

async function openFile<T>(
  noun: FileOptions<T>['noun'],
  path: string | undefined,
  how: Omit<FileOptions<T>, 'noun' | 'path'>,
): Promise<OperatorFile<T> | undefined> {
  return path === undefined ? undefined : openOperatorFile({ ...how, noun, path: resolve(path) });
}

function toSummaries(
  settings: JudgeSettings,
  times: JudgeTimes,
  {
    clock,
    ids,
    budget,
    prompts,
  }: JudgeSurroundings & { readonly budget: Budget | undefined; readonly prompts: PromptManager },
): Summaries | undefined {
  if (settings.summaries !== true) return undefined;
  const { stage1, stage2 } = toStages(settings, times);
  // nobody waits for it, so the small model has the time of the strong one
  const how = { ...(stage1 ?? stage2), deadlineMs: times.stage2Ms };
  const given = { prompts: prompts.current, how, clock, ids };
  return createSummaries(createSummarizer(budget === undefined ? given : { ...given, budget }));
}

function toBudget(
  settings: JudgeSettings,
  counters: Counters,
  journal: Journal,
): Budget | undefined {
  if (settings.budget === undefined) return undefined;
  const { calls = {}, micros = {} } = settings.budget;
  if (Object.keys(micros).length > 0) checkPrices(settings);
  return createBudget({ calls, micros }, { counters, journal });
}

function toSupervisors(
  { supervisor = 'hybrid' }: JudgeSettings,
  { onUnavailable }: JudgeTimes,
  judge: Judge,
  rules: Omit<HybridOptions, 'judge' | 'onUnavailable'>,
): readonly Supervisor[] {
  if (supervisor === 'hybrid') return [createHybridSupervisor({ ...rules, judge, onUnavailable })];
  const { approvalMs, counters } = rules;
  const limits = counters === undefined ? {} : { counters };
  return [
    createRuleBasedSupervisor(rules),
    createLLMSupervisor({ judge, onUnavailable, approvalMs, rules, ...limits }),
  ];
}
