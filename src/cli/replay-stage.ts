import type { Seat } from '../core/model/call.ts';
import { createMemoryCounters } from '../stores/memory/counters.ts';
import { createVirtualClock } from '../stores/memory/virtual-clock.ts';
import {
  openGeneration,
  type Generation,
  type GenerationOptions,
  type Judged,
} from './replay-generation.ts';
import { recordedStartMs } from './replay-world.ts';
import { noScore, type Scoreboard, type SessionScore } from './replay-scores.ts';
import type { TraceRow } from './trace-row.ts';

export type StageOptions = Omit<GenerationOptions, 'clock' | 'counters'> & {
  /** Between two calls: milliseconds of virtual time, 1 or more. */
  readonly stepMs: number;
  readonly scoreboard: Scoreboard;
};

/** Where the calls of one file and one set of tools are played: one clock, one set of counters. */
export interface Stage {
  play(row: TraceRow): Promise<Judged>;
  /** How many sessions began here. */
  readonly sessions: number;
  close(): Promise<void>;
}

/** A generation takes no more sessions, characters of text or undeclared tools than these. */
const maxSessions = 512;
const maxChars = 16 * 1_048_576;
const maxUndeclared = 10_000;

interface Played {
  readonly seat: Seat;
  readonly home: Shelf;
  lastStep: number;
  userTask: string | undefined;
  score: SessionScore;
}

/** A generation with the sessions that live in it. */
interface Shelf {
  readonly generation: Generation;
  readonly sessions: Map<string, Played>;
  /** Sessions that began here, those played again included. */
  begun: number;
  chars: number;
}

/**
 * Opens a stage. Memory is bounded: sessions live in a generation, when it is full the next one begins, and when
 * that is full too the first is dropped. A session that comes back after that begins anew.
 */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { stepMs, scoreboard } = options;
  const clock = createVirtualClock(recordedStartMs);
  const shared = { ...options, clock, counters: createMemoryCounters() };
  const openShelf = async (): Promise<Shelf> => {
    return { generation: await openGeneration(shared), sessions: new Map(), begun: 0, chars: 0 };
  };
  let newer = await openShelf();
  let older: Shelf | undefined;
  let sessions = 0;

  const drop = async (shelf: Shelf | undefined): Promise<void> => {
    for (const { score } of shelf?.sessions.values() ?? []) scoreboard.close(score);
    await shelf?.generation.close();
  };
  const begin = async (row: TraceRow): Promise<Played> => {
    if (isFull(newer)) {
      await drop(older);
      older = newer;
      newer = await openShelf();
    }
    sessions += 1;
    newer.begun += 1;
    const seat = await newer.generation.seat(sessions);
    const played = { seat, home: newer, lastStep: -1, userTask: undefined, score: noScore };
    newer.sessions.set(row.session, played);
    return played;
  };
  /** The session of the row. Steps rise within one; a step that does not is the same session played again. */
  const find = (row: TraceRow): Promise<Played> | Played => {
    const { session, step } = row;
    const known = newer.sessions.get(session) ?? older?.sessions.get(session);
    if (known === undefined) return begin(row);
    if (step > known.lastStep) return known;
    scoreboard.close(known.score);
    known.home.sessions.delete(session);
    return begin(row);
  };

  return {
    get sessions() {
      return sessions;
    },
    async play(row) {
      const found = find(row);
      const played = found instanceof Promise ? await found : found;
      played.lastStep = row.step;
      listen(played, row.userTask);
      clock.advance(stepMs);
      const judged = await played.home.generation.submit(played.seat, row);
      if (typeof row.result === 'string') played.home.chars += row.result.length;
      const { verdict } = judged.decision;
      const scored = { label: row.label, verdict, isRead: judged.isRead };
      played.score = scoreboard.count(played.score, scored);
      return judged;
    },
    async close() {
      await drop(older);
      await drop(newer);
    },
  };
}

function isFull({ generation, begun, chars }: Shelf): boolean {
  return begun >= maxSessions || chars >= maxChars || generation.undeclared >= maxUndeclared;
}

/** What the user wrote comes with every row; the session hears it once. */
function listen(played: Played, text: string | undefined): void {
  if (text === undefined || text === played.userTask) return;
  played.userTask = text;
  played.home.chars += text.length;
  played.seat.session.observe({ role: 'user', text });
}
