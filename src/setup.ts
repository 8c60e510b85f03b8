import { resolve } from 'node:path';
import { createOutOfBoundsGate } from './core/gates/out-of-bounds.ts';
import type { Rate } from './core/gates/rate.ts';
import type { Hypervisor, PendingApproval } from './core/hypervisor/api.ts';
import { defaultEnv, defaultSettings, type Settings } from './core/hypervisor/assembly.ts';
import { openHypervisor } from './core/hypervisor/hypervisor.ts';
import { SupervisionError } from './core/model/errors.ts';
import type { Filter, Supervisor } from './core/model/extension.ts';
import type { Person, ToolCall } from './core/model/call.ts';
import type { Manifest, Ring } from './core/model/tool.ts';
import { plansOf } from './core/rules/rollout-plan.ts';
import { describeUnjudged } from './core/rules/unjudged.ts';
import { createRuleBasedSupervisor } from './core/supervisors/rule-based.ts';
import { loadConfig, type Config } from './files/config.ts';
import type { JudgeConfig } from './files/judge-config.ts';
import { withBuiltInFilters } from './filters/built-in.ts';
import { filtersFromConfig } from './filters/from-config.ts';
import { createNoRules } from './files/no-rules.ts';
import { createRealPaths } from './files/real-paths.ts';
import { logToPino, logTrouble, type LineWriter } from './observe/pino.ts';
import { createRuleHistory } from './files/rule-history.ts';
import { openRuleKeeper, type RuleKeeper } from './files/rule-keeper.ts';
import type { JudgeSurroundings, JudgeSystem } from './judge/open-judge.ts';
import type { JudgeSettings } from './judge/settings.ts';
import { openControlSocket, systemPersonId } from './files/control-socket.ts';
import type { ControlTarget } from './files/control-verbs.ts';
import { openFolder, type Folder } from './stores/embedded/folder.ts';
import { createMemoryCounters } from './stores/memory/counters.ts';
import { systemClock } from './stores/system/clock.ts';
import { createRandomIds } from './stores/system/ids.ts';

export interface HypervisorOptions {
  /** The data folder: log, vault, records, socket. One process owns it. */
  readonly dir: string;
  /** A folder of rule files, or one file. */
  readonly rules: string;
  /** What rules mean by `env`. Default `production`. */
  readonly env?: string;
  /** Beside the rules; can only tighten. */
  readonly supervisors?: readonly Supervisor[];
  /** By the names that rules use, beside the built-in ones; one of the same name takes their place. */
  readonly filters?: readonly Filter[];
  readonly rates?: Partial<Record<Ring, Rate>>;
  /** The id of the person behind a credential; throws for none. */
  readonly authenticate?: (credential: unknown) => Promise<string>;
  /** Of a registered agent: 0..1, default 0.70. */
  readonly defaultScore?: number;
  /** Default 1,000 milliseconds. */
  readonly gateTimeoutMs?: number;
  /** Default 10,000 milliseconds. */
  readonly decideTimeoutMs?: number;
  /** For a person, before a ticket is handed out: default 30,000 milliseconds. */
  readonly waitMs?: number;
  /** How long an approval stays open: default 3,600,000 milliseconds. */
  readonly approvalMs?: number;
  /** Open approvals at most: default 100. */
  readonly maxOpenApprovals?: number;
  /** Of what all sessions together remember of texts, bytes: default 268,435,456. The longest idle forgets first. */
  readonly maxTextBytes?: number;
  /** `tightening`: an edit that loosens waits for `ringfence rules accept`. Default `immediately`. */
  readonly activate?: 'immediately' | 'tightening';
  /** Tools, or `tool.action`, whose every call needs a person. */
  readonly highRisk?: readonly string[];
  /** Every call that would be allowed needs a person. Default false. */
  readonly confirmAll?: boolean;
  /** A model that judges what rules leave open ({@link JudgeSettings}); left out: rules and persons alone. */
  readonly judge?: JudgeSettings;
  /** More folders and files that no tool may reach, beside data and rules. */
  readonly protect?: readonly string[];
  /**
   * Where events go: a pino logger, or one with its four methods. Default: warnings and errors, as JSON lines
   * to stderr. `false`: nowhere; listen to `hypervisor.events` then.
   */
  readonly logger?: LineWriter | false;
}

/** What a configuration file says, as options; throws `CONFIG_INVALID`. */
export async function readOptions(file: string): Promise<HypervisorOptions> {
  const config = await loadConfig(file);
  const { filters, judge } = config;
  const brandFile = filters?.brand_guidelines?.file;
  return {
    ...toOptions(config),
    protect: [config.path, ...(brandFile === undefined ? [] : [brandFile])],
    ...(filters === undefined ? {} : { filters: await filtersFromConfig(filters) }),
    ...(judge === undefined ? {} : { judge: await readJudge(judge) }),
  };
}

async function readJudge(config: JudgeConfig): Promise<JudgeSettings> {
  const { judgeFromConfig } = await import('./judge/from-config.ts');
  return judgeFromConfig(config);
}

export function toOptions(config: Config): HypervisorOptions {
  const { approvalSettings, riskCategories, env, activate } = config;
  return {
    dir: config.auditLog,
    rules: config.rulesFile,
    rates: config.rates,
    highRisk: [...riskCategories.critical, ...riskCategories.high],
    protect: [config.path],
    ...withoutUndefined({
      env,
      activate,
      approvalMs: approvalSettings.defaultTimeoutMs,
      maxOpenApprovals: approvalSettings.maxPendingActions,
      confirmAll: approvalSettings.requireConfirmation,
    }),
  };
}

type Unruled = Omit<HypervisorOptions, 'rules'>;

/** Opens the folder, reads the rules and starts: a hypervisor with what the command line's verbs act on beside it. */
export async function openControl(options: HypervisorOptions): Promise<Control> {
  const rules = resolve(options.rules);
  const protect = [rules, ...(options.protect ?? [])];
  return open({ ...options, protect }, ({ log, records, texts }) =>
    openRuleKeeper({
      path: rules,
      log,
      records,
      texts,
      clock: systemClock,
      load: {
        env: options.env ?? defaultEnv,
        nowMs: systemClock.nowMs(),
        knownFilters: withBuiltInFilters(options.filters).map(({ name }) => name),
      },
      activate: options.activate ?? 'immediately',
    }),
  );
}

/** For whoever owns the folder only to stop, revive or answer: reads no rules, and every call would be denied. */
export async function openWithoutRules(options: Unruled): Promise<Control> {
  return open(options, async (folder) => createNoRules(createRuleHistory(folder)));
}

async function open(
  options: Unruled,
  openKeeper: (folder: Folder) => Promise<RuleKeeper>,
): Promise<Control> {
  const clock = systemClock;
  const dir = resolve(options.dir);
  const folder = await openFolder({ dir, clock });
  const closing = [folder.close];
  try {
    const keeper = await openKeeper(folder);
    closing.push(keeper.close);
    const counters = createMemoryCounters();
    const ids = createRandomIds();
    const judge = await openJudgeOf(options, { clock, ids, counters, records: folder.records });
    if (judge !== undefined) closing.push(judge.close);
    const parts = toParts(options, { keeper, dir, judge });
    const { hypervisor, inside } = await openHypervisor({
      ...folder,
      ...parts,
      counters,
      clock,
      ids,
    });
    closing.push(hypervisor.close);
    await listen(hypervisor, options);
    await judge?.start(hypervisor, inside);
    await keeper.start(inside);
    const person = inside.persons.fromSystem(systemPersonId());
    const target = withDrivers({ hypervisor, keeper, person }, judge, closing);
    const socket = await openControlSocket({ dir, target, person });
    closing.push(socket.close);
    if (socket.problem !== undefined)
      inside.emit('control.unavailable', { reason: socket.problem });
    return target;
  } catch (error) {
    await closeAll(closing).catch(() => undefined); // the first error is the one to tell
    throw error;
  }
}

async function openJudgeOf(
  { judge, decideTimeoutMs = defaultSettings.decideTimeoutMs }: Unruled,
  around: Omit<JudgeSurroundings, 'decideTimeoutMs'>,
): Promise<JudgeSystem | undefined> {
  if (judge === undefined) return undefined;
  // whoever has no model does not load what judges by one
  const { openJudge } = await import('./judge/open-judge.ts');
  return openJudge(judge, { ...around, decideTimeoutMs });
}

export interface Control extends ControlTarget {
  readonly keeper: RuleKeeper;
  /** Who the operating system says we are. */
  readonly person: Person;
}

interface Drivers {
  readonly keeper: RuleKeeper;
  readonly dir: string;
  readonly judge: JudgeSystem | undefined;
}

function toParts(options: Unruled, { keeper, dir, judge }: Drivers) {
  const {
    supervisors = [],
    protect = [],
    filters,
    env,
    rates,
    authenticate,
    highRisk,
    confirmAll,
  } = options;
  const { approvalMs = defaultSettings.approvalMs } = options;
  const fixed = [dir, ...protect.map((path) => resolve(path))];
  const folders = (): readonly string[] => [...fixed, ...keeper.paths(), ...(judge?.paths() ?? [])];
  const paths = createRealPaths();
  const rules = { current: keeper.current, approvalMs, paths };
  return {
    supervisors: [
      ...(judge?.supervisors(rules) ?? [createRuleBasedSupervisor(rules)]),
      ...supervisors,
    ],
    gates: [
      ({ manifestOf }: { manifestOf(call: ToolCall): Manifest }) =>
        createOutOfBoundsGate({ folders, paths, manifestOf }),
    ],
    settings: pickSettings(options),
    rollouts: () => plansOf(keeper.current()),
    filters: withBuiltInFilters(filters),
    ...withoutUndefined({ env, rates, authenticate, highRisk, confirmAll }),
  };
}

function pickSettings(options: Unruled): Partial<Settings> {
  const { gateTimeoutMs, decideTimeoutMs, waitMs, approvalMs, defaultScore } = options;
  const { maxOpenApprovals, maxTextBytes } = options;
  const times = { gateTimeoutMs, decideTimeoutMs, waitMs, approvalMs };
  for (const [name, value] of Object.entries({ ...times, maxOpenApprovals, maxTextBytes })) {
    const least = name === 'waitMs' || name === 'maxOpenApprovals' ? 0 : 1;
    if (value === undefined || (Number.isFinite(value) && value >= least)) continue;
    throw new SupervisionError(
      'CONFIG_INVALID',
      `option \`${name}\`: expected a number of at least ${least}`,
    );
  }
  return withoutUndefined({ ...times, maxOpenApprovals, maxTextBytes, defaultScore });
}

async function listen(hypervisor: Hypervisor, { logger }: Unruled): Promise<void> {
  if (logger === false) return;
  if (logger === undefined) logTrouble(hypervisor);
  else await logToPino(hypervisor, logger);
}

/** exactOptionalPropertyTypes: an option that was not given must not be there at all. */
function withoutUndefined<T extends object>(
  given: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = { ...given };
  for (const key in kept) if (kept[key] === undefined) delete kept[key];
  return kept;
}

/** Closing the hypervisor closes what it runs on; its health tells of the rules too. */
function withDrivers(
  control: Control,
  judge: JudgeSystem | undefined,
  closing: (() => Promise<void>)[],
): Control {
  const { hypervisor, keeper } = control;
  let closed: Promise<void> | undefined;
  return {
    ...control,
    hypervisor: {
      ...hypervisor,
      close: () => (closed ??= closeAll(closing)),
      approvals: { ...hypervisor.approvals, list: () => listWithSummaries(hypervisor, judge) },
      async health() {
        const { problems } = await hypervisor.health();
        const judging = judge?.problems() ?? describeUnjudged(keeper.current());
        const all = [...problems, ...keeper.problems(), ...judging];
        return { ok: all.length === 0, problems: all };
      },
    },
  };
}

async function listWithSummaries(
  { approvals }: Hypervisor,
  judge: JudgeSystem | undefined,
): Promise<readonly PendingApproval[]> {
  const pending = await approvals.list();
  return pending.map((each) => {
    const summary = judge?.findSummary(each.approvalId);
    return summary === undefined ? each : { ...each, summary };
  });
}

/** The last opened first; every one of them, and then the first error. */
async function closeAll(closing: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closing.toReversed()) {
    await close().catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
}
