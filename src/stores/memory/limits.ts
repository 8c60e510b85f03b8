import type { LimitUse } from '../../core/model/decision.ts';
import { SupervisionError } from '../../core/model/errors.ts';
import type { Json } from '../../core/model/json.ts';
import type { Counters, Reserved } from '../../core/model/ports.ts';
import { createSweep } from './sweep.ts';
import { tuplesOf } from './tuples.ts';
import { addSlot, createWindow, takeBack, usedSince } from './window.ts';
import type { Slot, Window } from './window.ts';

/** Limits over time, by key. A reservation counts at once; only a refund takes it back. */
export interface Limits {
  reserve(uses: readonly LimitUse[], options: Parameters<Counters['reserve']>[1]): Reserved;
  used(uses: readonly LimitUse[], nowMs: number): readonly number[];
  commit(reservation: string): void;
  refund(reservation: string): void;
  readonly size: () => { readonly keys: number; readonly reservations: number };
  snapshot(): readonly Json[];
  restore(saved: Json | undefined): void;
}

interface Reservation {
  readonly parts: readonly { readonly slot: Slot; readonly amount: number }[];
  readonly lastMs: number;
}

export function createLimits(): Limits {
  const windows = new Map<string, Window>();
  const reservations = new Map<string, Reservation>();
  const sweepWindows = createSweep(windows, (window, nowMs) => window.lastMs < nowMs);
  const sweepReservations = createSweep(reservations, ({ lastMs }, nowMs) => lastMs < nowMs);
  let made = 0;

  function reserve(
    uses: readonly LimitUse[],
    { nowMs, beyond, dryRun }: Parameters<Counters['reserve']>[1],
  ): Reserved {
    for (const use of uses) checkUse(use, nowMs);
    const full = uses.filter(
      (use, index) => beyond?.has(use.key) !== true && !hasRoom(uses.slice(0, index), use, nowMs),
    );
    if (full.length > 0) return { ok: false, full };
    if (dryRun === true) return { ok: true, reservation: '' };
    sweepWindows(2 * uses.length, nowMs);
    sweepReservations(2, nowMs);
    return { ok: true, reservation: keep(uses, nowMs) };
  }

  /** Whether a use fits beside what counts already and what `before` it, in the same reservation, will take. */
  function hasRoom(before: readonly LimitUse[], use: LimitUse, nowMs: number): boolean {
    let used = usedOf(use, nowMs);
    for (const other of before) if (other.key === use.key) used += other.amount;
    return used + use.amount <= use.max;
  }

  function usedOf({ key, sinceMs }: LimitUse, nowMs: number): number {
    const window = windows.get(key);
    return window === undefined ? 0 : usedSince(window, sinceMs, nowMs);
  }

  function keep(uses: readonly LimitUse[], nowMs: number): string {
    const parts = uses.map((use) => ({
      slot: addSlot(windowOf(use.key), use, nowMs),
      amount: use.amount,
    }));
    made += 1;
    const reservation = String(made);
    const lastMs = Math.max(nowMs, ...uses.map((use) => use.untilMs));
    reservations.set(reservation, { parts, lastMs });
    return reservation;
  }

  function windowOf(key: string): Window {
    const known = windows.get(key);
    if (known !== undefined) return known;
    const window = createWindow();
    windows.set(key, window);
    return window;
  }

  function refund(reservation: string): void {
    for (const { slot, amount } of reservations.get(reservation)?.parts ?? []) {
      takeBack(slot, amount);
    }
    reservations.delete(reservation);
  }

  function snapshot(): readonly Json[] {
    return Array.from(windows, ([key, { slots }]) => [
      key,
      slots.map(({ atMs, untilMs, amount }) => [atMs, untilMs, amount]),
    ]);
  }

  function restore(saved: Json | undefined): void {
    windows.clear();
    reservations.clear(); // after a restart nothing is refunded: what was reserved may have happened
    for (const [key, slots] of tuplesOf(saved)) {
      if (typeof key === 'string') restoreWindow(windowOf(key), tuplesOf(slots));
    }
  }

  return {
    reserve,
    used: (uses, nowMs) => uses.map((use) => usedOf(use, nowMs)),
    commit: (reservation) => void reservations.delete(reservation),
    refund,
    size: () => ({ keys: windows.size, reservations: reservations.size }),
    snapshot,
    restore,
  };
}

function restoreWindow(window: Window, slots: readonly (readonly Json[])[]): void {
  for (const [atMs, untilMs, amount] of slots) {
    if (typeof atMs !== 'number' || typeof untilMs !== 'number') continue;
    if (typeof amount === 'number') addSlot(window, { amount, untilMs }, atMs);
  }
}

function checkUse({ rule, amount, max, sinceMs, untilMs }: LimitUse, nowMs: number): void {
  const isCount = Number.isSafeInteger(amount) && amount >= 0;
  const hasTimes = Number.isFinite(nowMs) && !Number.isNaN(sinceMs) && !Number.isNaN(untilMs);
  if (isCount && max >= 0 && hasTimes) return;
  throw new SupervisionError(
    'COUNTERS_UNAVAILABLE',
    `rule \`${rule}\`: a limit can only count whole amounts from 0 to 2^53 - 1 in a window of numbers`,
  );
}
