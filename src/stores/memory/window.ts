// The reservations of one limit, sorted by time. Exact up to `exactSlots`; then neighbours in time are joined
// under the later time, so that they count for longer than they should, never for shorter.
const exactSlots = 128;
const groups = 48; // what joining leaves, about, of a full window

/** One reservation, or several joined; `into` says which slot took it over. */
export interface Slot {
  atMs: number;
  untilMs: number;
  amount: number;
  into: Slot | undefined;
}

export interface Window {
  slots: Slot[];
  /** After this time nothing of the window counts. */
  lastMs: number;
}

export function createWindow(): Window {
  return { slots: [], lastMs: Number.NEGATIVE_INFINITY };
}

/** The sum of what was reserved at `sinceMs` or later and is not forgotten yet. */
export function usedSince(window: Window, sinceMs: number, nowMs: number): number {
  let used = 0;
  for (const slot of window.slots) {
    if (slot.atMs >= sinceMs && slot.untilMs >= nowMs) used += slot.amount;
  }
  return used;
}

/** Adds a reservation at its place in time. */
export function addSlot(
  window: Window,
  { amount, untilMs }: { readonly amount: number; readonly untilMs: number },
  nowMs: number,
): Slot {
  if (window.slots.length >= exactSlots) makeRoom(window, nowMs);
  const slot: Slot = { atMs: nowMs, untilMs, amount, into: undefined };
  let index = window.slots.length;
  while (index > 0 && (window.slots[index - 1]?.atMs ?? 0) > nowMs) index -= 1; // the clock went back
  window.slots.splice(index, 0, slot);
  window.lastMs = Math.max(window.lastMs, untilMs);
  return slot;
}

/** Takes back what a slot was given, wherever it has been joined to meanwhile. */
export function takeBack(slot: Slot, amount: number): void {
  let holder = slot;
  while (holder.into !== undefined) holder = holder.into;
  holder.amount -= amount;
}

function makeRoom(window: Window, nowMs: number): void {
  window.slots = window.slots.filter((slot) => slot.untilMs >= nowMs && slot.amount > 0);
  if (window.slots.length < exactSlots) return;
  const first = window.slots[0]?.atMs ?? nowMs;
  const last = window.slots.at(-1)?.atMs ?? nowMs;
  window.slots = joinWithin(window.slots, (last - first) / groups);
}

function joinWithin(slots: readonly Slot[], spanMs: number): Slot[] {
  const joined: Slot[] = [];
  let fromMs = Number.NEGATIVE_INFINITY; // of the group that is being joined
  for (const slot of slots) {
    const before = joined.at(-1);
    if (before === undefined || slot.atMs - fromMs > spanMs) {
      joined.push(slot);
      fromMs = slot.atMs;
    } else {
      slot.amount += before.amount;
      slot.untilMs = Math.max(slot.untilMs, before.untilMs);
      before.into = slot;
      joined[joined.length - 1] = slot;
    }
  }
  return joined;
}
