import { resolve } from 'node:path';
import type { Inside } from '../core/hypervisor/assembly.ts';
import { describeThrown } from '../core/model/describe-thrown.ts';
import type { Clock, Log, Records, Texts } from '../core/model/ports.ts';
import type { RulesDiff } from '../core/rules/diff.ts';
import { formatProblem, type ShownProblem } from '../core/rules/format-problem.ts';
import type { LoadOptions, RuleFile } from '../core/rules/load.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import { createExpiryWatch } from './expiry-watch.ts';
import { readFirstRules } from './first-rules.ts';
import { findAuthor } from './rule-author.ts';
import { findRulePaths, readRuleFiles } from './rule-files.ts';
import { describeFreeze, maxHoldMs, type Freeze } from './rule-freeze.ts';
import { createRuleHistory, type HistoryEntry, type RuleHistory } from './rule-history.ts';
import type { Candidate } from './rule-candidate.ts';
import { createRuleLoader, type RuleLoader } from './rule-loader.ts';
import { createRulesInForce } from './rules-in-force.ts';
import {
  describeRollback,
  describeWaiting,
  goneFrom,
  invalid,
  notFrozen,
  told,
} from './rule-told.ts';
import { createRuleWatcher, type RuleWatcher } from './rule-watcher.ts';

/** A person's word: who, and why. */
export interface Word {
  readonly by: string;
  readonly reason?: string | undefined;
}

/** The rule set in force: what it is, how it changes, and what is wrong with the files. */
export interface RuleKeeper {
  /** Read once per decision; replaced as a whole. */
  current(): RuleSet;
  /** The folder of rule files, or the one file; absolute, links not followed. */
  folder(): string;
  /** Where the rules are, links followed: out of bounds for every tool. */
  paths(): readonly string[];
  /** Why the files on disk are not what is in force; empty when they are. */
  problems(): readonly string[];
  /** A set that loosens and waits for `accept`: under `activate: 'tightening'`, after a hold that ran out, or without a file that vanished. */
  waiting(): { readonly version: string; readonly loosened: readonly string[] } | undefined;
  /** Since when and by whom edits on disk do not take effect. */
  frozen(): Freeze | undefined;
  /** The sound set on disk, where it is not the one in force, and what it would change. */
  disk(): { readonly version: string; readonly diff: RulesDiff } | undefined;
  readonly history: RuleHistory;
  /** Puts the waiting set in force, on that person's word. */
  accept(version: string, word: Word): Promise<void>;
  /** Puts an older version in force again and pins it; the answer is warnings of it. */
  rollback(version: string, word: Word): Promise<readonly string[]>;
  /** Edits on disk are checked and told of, and do not take effect. */
  pin(word: Word): Promise<void>;
  /** The same until `release`, for so many milliseconds at most. */
  hold(forMs: number, word: Word): Promise<void>;
  /** Ends a pin or hold and puts the files in force as one set; with `version` only that one. */
  release(kind: Freeze['kind'], version: string | undefined, word: Word): Promise<void>;
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
  readonly texts: Texts;
  readonly clock: Clock;
  readonly load: LoadOptions;
  /** Default: in this thread, or in another where there are many rules. */
  readonly loader?: RuleLoader;
  /** `tightening`: an edit that loosens waits until somebody accepts it. */
  readonly activate: 'immediately' | 'tightening';
}

/**
 * Reads the rules before anything runs. Throws `RULES_INVALID` or `RULES_UNSAFE`, unless the set that was last
 * in force, and is in the log, can be taken instead; `problems` then says so.
 */
export async function openRuleKeeper(options: RuleKeeperOptions): Promise<RuleKeeper> {
  const { path, clock } = options;
  const history = createRuleHistory(options);
  const load = (): LoadOptions => ({ ...options.load, nowMs: clock.nowMs() });
  const loader = options.loader ?? createRuleLoader({ load, clock });
  const strict = options.activate === 'tightening';
  const first = await readFirstRules({ ...options, history, loader, strict }).catch(
    async (error: unknown) => {
      await loader.close();
      throw error;
    },
  );
  const inForce = createRulesInForce({ ...options, ...first, history });
  let { disk, rejected, doubts } = first;
  let waiting: Candidate | undefined;
  let paths = await findPaths(path);
  let inside: Pick<Inside, 'journal' | 'emit'> | undefined;
  let watcher: RuleWatcher<Candidate> | undefined;
  let lastRead: readonly RuleFile[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  let cancelExpiry: (() => void) | undefined;
  const expired = createExpiryWatch({
    clock,
    current: inForce.current,
    emit: (name, event) => inside?.emit(name, event),
  });

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
  /** The same set, compared with what is in force now. */
  const compared = async (candidate: Candidate): Promise<Candidate> => {
    const current = inForce.current();
    if (candidate.against === current.version) return candidate;
    const loaded = await loader.load(candidate.set.files, current);
    if (loaded.ok) return loaded.set;
    throw invalid(`the rules cannot be put in force any more: ${told(loaded.problems)}`);
  };
  const isInForce = ({ set }: Candidate): boolean =>
    set.version === inForce.current().version && inForce.isLogged(set.version);
  const tellLoosened = (
    { set, diff }: Candidate,
    more: { waiting: boolean; by?: string },
  ): void => {
    if (diff.loosened.length === 0) return;
    inside?.emit('rules.loosened', { to: set.version, loosened: [...diff.loosened], ...more });
  };
  /** What is on disk takes effect, unless it loosens and loosening waits. */
  const takeEffect = async (next: Candidate, loosensWait: boolean): Promise<void> => {
    const waits = loosensWait && next.diff.loosened.length > 0;
    tellLoosened(next, { waiting: waits });
    waiting = waits ? next : undefined;
    if (waits) return;
    const author = await findAuthor(path, inForce.current().files, next.set.files);
    await inForce.activate(next, { via: 'edit', author });
    expired.look();
  };
  const activate = async (read: Candidate): Promise<void> => {
    disk = await compared(read);
    rejected = [];
    waiting = undefined;
    if (inForce.freeze() !== undefined) return;
    const isCareful =
      strict || inForce.isWary() || goneFrom(inForce.current(), disk.set).length > 0;
    if (isInForce(disk)) await inForce.calm();
    else await takeEffect(disk, isCareful);
  };
  /** A person's doing: allowed to loosen, and logged as theirs. */
  const putInForce = async (
    next: Candidate,
    via: HistoryEntry['via'],
    { by, reason }: Word,
  ): Promise<void> => {
    tellLoosened(next, { waiting: false, by });
    await inForce.activate(next, { via, author: by, reason, pin: via === 'rollback' });
    expired.look();
    waiting = undefined;
    doubts = [];
  };
  const accept = async (version: string, word: Word): Promise<void> => {
    if (waiting === undefined || !waiting.set.version.startsWith(version) || version === '') {
      throw invalid(
        `no rule set \`${version}\` waits to be accepted; \`ringfence rules reload\` says which one does`,
      );
    }
    await putInForce(await compared(waiting), 'accept', word);
  };
  const rollback = async (version: string, word: Word): Promise<readonly string[]> => {
    const entry = await history.find(version);
    await history.verify(entry);
    const files = await history.read(entry);
    const loaded = await loader.load(files, inForce.current());
    if (!loaded.ok) {
      const why = told(loaded.problems, files);
      throw invalid(
        `the rules \`${entry.to}\` do not load here any more, so nothing changed:\n${why}`,
      );
    }
    const { set: next } = loaded;
    if (isInForce(next)) await inForce.pinOrHold({ kind: 'pin', ...said(word), untilMs: null });
    else await putInForce(next, 'rollback', word);
    waiting = undefined;
    disk = disk && (await compared(disk).catch(() => undefined));
    return describeRollback(entry, next.set.version, loaded.warnings, files);
  };
  const pin = async (word: Word): Promise<void> => {
    await inForce.pinOrHold({ kind: 'pin', ...said(word), untilMs: null });
    waiting = undefined;
  };
  const hold = async (forMs: number, word: Word): Promise<void> => {
    const by = inForce.freeze();
    if (by?.kind === 'pin') {
      throw invalid(
        `the rules are pinned by ${by.by}, so no edit takes effect; edit, then \`ringfence rules unpin\``,
      );
    }
    if (!(forMs >= 1000 && forMs <= maxHoldMs)) {
      throw invalid(`a hold lasts from a second to a day; \`ringfence rules pin\` has no end`);
    }
    await inForce.pinOrHold({ kind: 'hold', ...said(word), untilMs: clock.nowMs() + forMs });
    waiting = undefined;
    awaitExpiry();
  };
  const release = async (
    kind: Freeze['kind'],
    version: string | undefined,
    word: Word,
  ): Promise<void> => {
    const freeze = inForce.freeze();
    if (freeze?.kind !== kind) throw invalid(notFrozen(kind, freeze));
    if (rejected.length > 0 || disk === undefined) {
      const why = rejected.join('\n');
      throw invalid(`the files on disk cannot be put in force, so the ${kind} stays:\n${why}`);
    }
    if (version !== undefined && disk.set.version !== version) {
      throw invalid('the files were changed since they were shown; look at them and try again');
    }
    if (isInForce(disk)) await inForce.thaw(word.by, word.reason);
    else await putInForce(await compared(disk), 'release', word);
  };
  /** Nobody came back: what only tightens takes effect, what loosens waits for a person, whatever `activate` says. */
  const expire = async (): Promise<void> => {
    const freeze = inForce.freeze();
    if (freeze?.kind !== 'hold' || clock.nowMs() < (freeze.untilMs ?? 0)) return;
    const isSame = rejected.length === 0 && disk !== undefined && isInForce(disk);
    await inForce.thaw(freeze.by, 'the hold ran out', { wary: !isSame });
    inside?.emit('rules.hold_expired', { by: freeze.by, to: inForce.current().version });
    if (isSame || rejected.length > 0 || disk === undefined) return;
    await takeEffect(await compared(disk), true);
  };
  const awaitExpiry = (): void => {
    cancelExpiry?.();
    const untilMs = inForce.freeze()?.untilMs ?? undefined;
    if (untilMs === undefined) return;
    cancelExpiry = clock.after(Math.max(0, untilMs - clock.nowMs()), () => {
      // a wall clock may have been set back meanwhile: then there is time left
      inTurn(expire).then(awaitExpiry, (error: unknown) => {
        inside?.emit('rules.rejected', { file: path, pointer: '', reason: describeThrown(error) });
        cancelExpiry = clock.after(retryMs, () => awaitExpiry());
      });
    });
  };
  const reject = (found: readonly ShownProblem[]): void => {
    rejected = found
      .filter(({ severity }) => severity === 'error')
      .map((problem) => formatProblem(problem, lastRead));
    for (const { file, pointer, message } of found) {
      inside?.emit('rules.rejected', { file, pointer, reason: message });
    }
  };
  const differing = (): Candidate | undefined =>
    disk === undefined || disk.set.version === inForce.current().version ? undefined : disk;

  return {
    current: inForce.current,
    folder: () => resolve(path),
    frozen: inForce.freeze,
    history,
    paths: () => paths,
    problems() {
      const freeze = inForce.freeze();
      const other = differing();
      const frozen =
        freeze === undefined || other === undefined
          ? []
          : [describeFreeze(freeze, { version: other.set.version, ...other.diff })];
      return [...doubts, ...rejected, ...describeWaiting(waiting, inForce.current()), ...frozen];
    },
    waiting: () => waiting && { version: waiting.set.version, loosened: waiting.diff.loosened },
    disk() {
      const other = differing();
      return other && { version: other.set.version, diff: other.diff };
    },
    accept: (version, word) => inTurn(() => accept(version, word)),
    rollback: (version, word) => inTurn(() => rollback(version, word)),
    pin: (word) => inTurn(() => pin(word)),
    hold: (forMs, word) => inTurn(() => hold(forMs, word)),
    async release(kind, version, word) {
      await watcher?.reload();
      await inTurn(() => release(kind, version, word));
    },
    async start(given) {
      inside = given;
      inForce.attach(given);
      for (const reason of first.doubts) given.emit('rules.history_broken', { reason });
      // without an earlier set this one is in force; with one, what changed since is an edit like any other
      if (first.head.inForce === null && disk !== undefined) {
        const author = await findAuthor(path, [], disk.set.files);
        await inForce.activate(disk, { via: 'start', author });
      }
      watcher = createRuleWatcher<Candidate>({
        path,
        read: async (from) => {
          await protect();
          lastRead = await readRuleFiles(from);
          return lastRead;
        },
        load: (files) => loader.load(files, inForce.current()),
        activate: (next) => inTurn(() => activate(next)),
        reject,
        recover() {
          rejected = [];
          given.emit('rules.recovered', { to: inForce.current().version });
        },
        watchFailed: (error) => given.emit('rules.unwatched', { reason: describeThrown(error) }),
        current: inForce.current().files,
        clock,
      });
      await watcher.start();
      await inTurn(async () => {
        if (disk !== undefined && isInForce(disk)) await inForce.calm();
        await expire();
      });
      awaitExpiry();
      expired.look();
    },
    async reload() {
      await watcher?.reload();
    },
    async close() {
      cancelExpiry?.();
      expired.close();
      // what loads in another thread must not keep the watcher from ending
      await loader.close();
      await watcher?.close();
      await turn;
    },
  };
}

/** Milliseconds until an expiry that failed is tried again. */
const retryMs = 2000;

function said({ by, reason = '' }: Word): { readonly by: string; readonly reason: string | null } {
  return { by, reason: reason || null };
}

/** Of places that the rules had before, so that links that are swapped stay protected. */
const maxPaths = 256;

/** Nothing is readable there: the path itself is protected all the same. */
async function findPaths(path: string): Promise<readonly string[]> {
  return findRulePaths(path).catch(() => [path]);
}
