import type { JsonObject } from '../core/model/json.ts';
import type { Clock } from '../core/model/ports.ts';
import { endOf } from '../core/rules/compiled-rule.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';

export interface ExpiryWatchOptions {
  readonly clock: Clock;
  readonly current: () => RuleSet;
  readonly emit: (name: 'rules.expired', event: JsonObject) => void;
}

/** Tells of rules whose day is over, while the process runs. */
export interface ExpiryWatch {
  /** Looks at the set in force now, and again whenever the next rule expires. */
  look(): void;
  close(): void;
}

/** The wall clock may jump, so nobody sleeps longer than this, milliseconds. */
const longestMs = 3_600_000;

/** `rules.expired` for each rule once, as long as its day stays the same: an approving one stops, a stricter goes on. */
export function createExpiryWatch({ clock, current, emit }: ExpiryWatchOptions): ExpiryWatch {
  let told = new Set<string>();
  let cancel: (() => void) | undefined;

  function look(): void {
    cancel?.();
    const nowMs = clock.nowMs();
    const known = told;
    told = new Set();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { name, file, source, mode, verdict } of current().rules) {
      const endMs = endOf(source);
      if (mode === 'off' || endMs === Number.POSITIVE_INFINITY) continue;
      if (endMs > nowMs) {
        nextMs = Math.min(nextMs, endMs);
        continue;
      }
      const key = `${name} ${endMs}`;
      told.add(key);
      if (!known.has(key)) emit('rules.expired', { rule: name, file, verdict, until: endMs });
    }
    cancel =
      nextMs === Number.POSITIVE_INFINITY
        ? undefined
        : clock.after(Math.min(nextMs - nowMs, longestMs), look);
  }

  return { look, close: () => cancel?.() };
}
