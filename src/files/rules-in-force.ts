import type { Inside } from '../core/hypervisor/assembly.ts';
import { SupervisionError } from '../core/model/errors.ts';
import type { Clock, EntryBody, Records } from '../core/model/ports.ts';
import type { RulesDiff } from '../core/rules/diff.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import { entryTypeOf, type Freeze } from './rule-freeze.ts';
import { writeHead, type Head } from './rule-head.ts';
import { contentsOf, type HistoryEntry, type RuleHistory } from './rule-history.ts';
import type { Candidate } from './rule-candidate.ts';

/** Who changes the rules, how and why. */
export interface Change {
  readonly via: HistoryEntry['via'];
  readonly author: string;
  readonly reason?: string | undefined;
  /** Pins it in the same step. */
  readonly pin?: boolean;
}

export type NewFreeze = Pick<Freeze, 'kind' | 'by' | 'reason' | 'untilMs'>;

/** The set in force and what freezes it: every change is logged, then kept, and only then so. */
export interface RulesInForce {
  current(): RuleSet;
  freeze(): Freeze | undefined;
  /** Whether the log has the set as activated. */
  isLogged(version: string): boolean;
  activate(candidate: Candidate, change: Change): Promise<void>;
  pinOrHold(freeze: NewFreeze): Promise<void>;
  /** Ends a pin or hold without changing the set; `wary`: nobody looked at what was saved meanwhile. */
  thaw(by: string, reason: string | undefined, options?: { readonly wary: boolean }): Promise<void>;
  /** Whether a hold ran out, and nothing was put in force since: what loosens waits. */
  isWary(): boolean;
  /** What was saved in that hold was taken back. */
  calm(): Promise<void>;
  /** From here on changes can be logged. */
  attach(inside: Pick<Inside, 'journal' | 'emit'>): void;
}

export function createRulesInForce(options: {
  readonly records: Records;
  readonly history: RuleHistory;
  readonly clock: Clock;
  readonly set: RuleSet;
  readonly head: Head;
}): RulesInForce {
  const { records, history, clock } = options;
  let { set, head } = options;
  let inside: Pick<Inside, 'journal' | 'emit'> | undefined;

  const log = async (entry: EntryBody): Promise<number> => {
    if (inside === undefined) throw new SupervisionError('CLOSED', 'the rules are not started yet');
    return (await inside.journal(entry)).seq;
  };
  const keep = async (next: Head): Promise<void> => {
    await writeHead(records, next);
    head = next;
  };

  return {
    current: () => set,
    freeze: () => head.freeze ?? undefined,
    isLogged: (version) => head.inForce?.to === version,
    attach: (given) => void (inside = given),
    async activate(candidate, change) {
      const { set: to } = candidate;
      const files = await history.keep(to.files);
      const time = clock.nowMs();
      const said = { ...describe(candidate, change, head.inForce?.to ?? null), time };
      const body = { ...said, contents: contentsOf(files) };
      const freeze = change.pin === true ? pinOf(change, time) : null;
      const stored = { to: to.version, contents: body.contents, files };
      // a crash after the entry is in the log finds here what the entry speaks of
      await keep({ ...head, next: { ...stored, files: [...files], freeze } });
      const pinned = change.pin === true ? { pinned: true } : {};
      const seq = await log({ type: 'rules.activated', ...body, ...pinned });
      await history.add({ ...body, seq, files: [...files] });
      await keep({
        inForce: { ...stored, files: [...files], seq },
        freeze: freeze && { ...freeze, seq },
        wary: false,
        next: null,
      });
      set = to;
      inside?.emit('rules.activated', { ...body, ...pinned });
    },
    async pinOrHold(given) {
      const time = clock.nowMs();
      const entry = { type: entryTypeOf(given.kind), time, to: set.version };
      const { by, reason, untilMs } = given;
      const seq = await log({ ...entry, by, reason, untilMs });
      await keep({ ...head, freeze: { ...given, sinceMs: time, seq } });
      inside?.emit(entry.type, { ...entry, by, untilMs });
    },
    async thaw(by, reason = '', { wary } = { wary: false }) {
      const type = 'rules.released';
      const entry = { type, time: clock.nowMs(), to: set.version, by, reason: reason || null };
      await log(entry);
      await keep({ ...head, freeze: null, wary });
      inside?.emit(type, entry);
    },
    isWary: () => head.wary,
    async calm() {
      if (head.wary) await keep({ ...head, wary: false });
    },
  };
}

function pinOf({ author, reason = '' }: Change, sinceMs: number): Omit<Freeze, 'seq'> {
  return { kind: 'pin', by: author, reason: reason || null, sinceMs, untilMs: null };
}

/** Names of rules in a list of an entry: a line of the log must not grow with the rules. */
const maxNames = 500;

function describe(
  { set, tests, diff, against }: Candidate,
  { via, author, reason = '' }: Change,
  from: string | null,
) {
  // of the first set ever there is nothing to tell apart
  const shown = against === undefined ? { ...diff, added: [] } : diff;
  return {
    from,
    to: set.version,
    via,
    author,
    reason: reason || null,
    ...listNames(shown),
    tests: { ...tests },
  };
}

/** What an entry or an answer tells of a difference: some hundred names of each kind, and how many there are. */
export function listNames({ added, removed, changed, loosened }: RulesDiff): {
  readonly [list in keyof RulesDiff]: string[];
} & { readonly counts: { readonly [list in keyof RulesDiff]: number } } {
  return {
    added: added.slice(0, maxNames),
    removed: removed.slice(0, maxNames),
    changed: changed.slice(0, maxNames),
    loosened: loosened.slice(0, maxNames),
    counts: {
      added: added.length,
      removed: removed.length,
      changed: changed.length,
      loosened: loosened.length,
    },
  };
}
