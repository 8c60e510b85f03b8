import type { Inside } from '../core/hypervisor/assembly.ts';
import { SupervisionError } from '../core/model/errors.ts';
import { isJsonObject, toText, type Json, type JsonObject } from '../core/model/json.ts';
import { putRecord, type Clock, type Log, type Records } from '../core/model/ports.ts';
import { diffRules, type RulesDiff } from '../core/rules/diff.ts';
import { formatProblem } from '../core/rules/format-problem.ts';
import {
  loadRules,
  type LoadOptions,
  type RuleFile,
  type RuleProblem,
} from '../core/rules/load.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import { findRulePaths, readRuleFiles } from './rule-files.ts';
import { createRuleWatcher, type RuleWatcher } from './rule-watcher.ts';

/** The rule set in force: what it is, how it changes, and what is wrong with the files. */
export interface RuleKeeper {
  /** Read once per decision; replaced as a whole. */
  current(): RuleSet;
  /** Where the rules are, links followed: out of bounds for every tool. */
  paths(): readonly string[];
  /** Why the files on disk are not what is in force; empty when they are. */
  problems(): readonly string[];
  /** A set that loosens and waits for `accept`, under `activate: 'tightening'`. */
  waiting(): { readonly version: string; readonly loosened: readonly string[] } | undefined;
  /** Puts the waiting set in force, on that person's word. */
  accept(version: string, person: string): Promise<void>;
  /** Logs the set in force and watches the files from here on. */
  start(inside: Pick<Inside, 'journal' | 'emit'>): Promise<void>;
  /** Reads the files now. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

export interface RuleKeeperOptions {
  /** A folder of rule files, or one file. */
  readonly path: string;
  readonly log: Log;
  readonly records: Records;
  readonly clock: Clock;
  readonly load: LoadOptions;
  /** `tightening`: an edit that loosens waits until somebody accepts it. */
  readonly activate: 'immediately' | 'tightening';
}

const recordKey = 'last-good';

/**
 * Reads the rules before anything runs. Throws `RULES_INVALID` or `RULES_UNSAFE`, unless the set that was last
 * in force, and is in the log, can be taken instead; `problems` then says so.
 */
export async function openRuleKeeper(options: RuleKeeperOptions): Promise<RuleKeeper> {
  const { path, records, clock } = options;
  const load = (files: readonly RuleFile[]) => {
    lastRead = files;
    return loadRules(files, { ...options.load, nowMs: clock.nowMs() });
  };
  const first = await readFirst(options);
  let { set, problems } = first;
  let paths = await findPaths(path);
  let logged = first.last?.version;
  let held: Held | undefined;
  let inside: Pick<Inside, 'journal' | 'emit'> | undefined;
  let watcher: RuleWatcher<RuleSet> | undefined;
  let lastRead: readonly RuleFile[] = [];
  let turn: Promise<unknown> = Promise.resolve();

  /** Before each look at the files: a link may lead elsewhere now, to the same words or to words that are no rules. */
  const protect = async (): Promise<void> => {
    const now = await findPaths(path);
    const before = paths.filter((known) => !now.includes(known));
    paths = [...before.slice(-maxPaths), ...now];
  };
  /** One change of the set at a time: what was accepted must not overtake the files that came after it. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  /** Logged, kept for the next start, and only then in force. */
  const putInForce = async (next: RuleSet, more: JsonObject): Promise<void> => {
    const from = logged ?? null;
    const entry = { type: 'rules.activated', time: clock.nowMs(), from, to: next.version, ...more };
    const { seq } = (await inside?.journal(entry)) ?? { seq: 0 };
    await putRecord(records, 'rules', recordKey, toRecord(next, seq));
    set = next;
    logged = next.version;
    problems = [];
    inside?.emit('rules.activated', entry);
  };
  const activate = async (next: RuleSet): Promise<void> => {
    if (next.version === set.version && next.version === logged) {
      held = undefined;
      problems = [];
      return;
    }
    const diff = diffRules(set, next);
    if (diff.loosened.length > 0) {
      const waiting = options.activate === 'tightening';
      inside?.emit('rules.loosened', { to: next.version, loosened: [...diff.loosened], waiting });
      if (waiting) {
        held = { set: next, diff };
        problems = describeHeld(held);
        return;
      }
    }
    held = undefined;
    await putInForce(next, { ...toJson(diff) });
  };
  const accept = async (version: string, person: string): Promise<void> => {
    const accepted = held;
    if (accepted === undefined || !accepted.set.version.startsWith(version) || version === '') {
      throw new SupervisionError(
        'RULES_INVALID',
        `no rule set \`${version}\` waits to be accepted; \`ringfence rules reload\` says which one does`,
      );
    }
    held = undefined;
    await putInForce(accepted.set, { ...toJson(accepted.diff), acceptedBy: person });
  };
  const reject = (found: readonly RuleProblem[]): void => {
    problems = found
      .filter(({ severity }) => severity === 'error')
      .map((problem) => formatProblem(problem, lastRead));
    for (const { file, pointer, message } of found) {
      inside?.emit('rules.rejected', { file, pointer, reason: message });
    }
  };
  const recover = (): void => {
    problems = describeHeld(held);
    inside?.emit('rules.recovered', { to: set.version });
  };

  return {
    current: () => set,
    problems: () => problems,
    paths: () => paths,
    waiting: () => held && { version: held.set.version, loosened: held.diff.loosened },
    accept: (version, person) => inTurn(() => accept(version, person)),
    async start(given) {
      inside = given;
      // without an earlier set this one is in force; with one, what changed since is an edit like any other
      if (first.last === undefined) await putInForce(set, {});
      watcher = createRuleWatcher({
        path,
        read: async (from) => {
          await protect();
          return readRuleFiles(from);
        },
        load,
        activate: (next) => inTurn(() => activate(next)),
        reject,
        recover,
        watchFailed: (error) => given.emit('rules.unwatched', { reason: String(error) }),
        current: set.files,
        clock,
      });
      await watcher.start();
    },
    async reload() {
      await watcher?.reload();
    },
    async close() {
      await watcher?.close();
    },
  };
}

/** A set that loosens, and waits to be accepted. */
interface Held {
  readonly set: RuleSet;
  readonly diff: RulesDiff;
}

function describeHeld(held: Held | undefined): readonly string[] {
  if (held === undefined) return [];
  const hint = `run \`ringfence rules accept ${held.set.version.slice(0, 12)}\``;
  return [`the rules on disk loosen and wait: ${held.diff.loosened.join('; ')}; ${hint}`];
}

/** Of places that the rules had before, so that links that are swapped stay protected. */
const maxPaths = 256;

/** Nothing is readable there: the path itself is protected all the same. */
async function findPaths(path: string): Promise<readonly string[]> {
  return findRulePaths(path).catch(() => [path]);
}

interface First {
  /** In force until `start` has logged what is on disk. */
  readonly set: RuleSet;
  readonly problems: readonly string[];
  /** In force when the last process ended. */
  readonly last: RuleSet | undefined;
}

async function readFirst(options: RuleKeeperOptions): Promise<First> {
  const last = await findLastGood(options);
  try {
    const onDisk = await readSound(options);
    return { set: last ?? onDisk, problems: [], last };
  } catch (error) {
    if (!(error instanceof SupervisionError) || last === undefined) throw error;
    const version = last.version.slice(0, 12);
    const problem = `${error.message} (the last good rules, ${version}, are in force)`;
    return { set: last, problems: [problem], last };
  }
}

async function readSound({ path, load }: RuleKeeperOptions): Promise<RuleSet> {
  const files = await readRuleFiles(path);
  const loaded = loadRules(files, load);
  if (loaded.ok) return loaded.set;
  const shown = loaded.problems.map((problem) => formatProblem(problem, files)).join('\n');
  throw new SupervisionError('RULES_INVALID', `the rules in \`${path}\` are not valid:\n${shown}`);
}

/** The set that was last in force, if the log has its activation: a record alone could have been slipped in. */
async function findLastGood({
  log,
  records,
  load,
}: RuleKeeperOptions): Promise<RuleSet | undefined> {
  const value = (await records.get('rules', recordKey))?.value;
  const seq = value?.['seq'];
  if (value === undefined || typeof seq !== 'number' || seq < 1) return undefined;
  const loaded = loadRules(toFiles(value['files']), load);
  if (!loaded.ok) return undefined;
  for await (const { body } of log.read(seq)) {
    const isIt = body.type === 'rules.activated' && body['to'] === loaded.set.version;
    return isIt ? loaded.set : undefined;
  }
  return undefined;
}

function toRecord({ version, files }: RuleSet, seq: number): JsonObject {
  return { version, seq, files: files.map(({ name, text }) => ({ name, text })) };
}

function toFiles(value: Json | undefined): readonly RuleFile[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter(isJsonObject)
    .map(({ name, text }) => ({ name: toText(name), text: toText(text) }));
}

function toJson({ added, removed, changed, loosened }: RulesDiff): JsonObject {
  return {
    added: [...added],
    removed: [...removed],
    changed: [...changed],
    loosened: [...loosened],
  };
}
