import type { JsonObject } from '../model/json.ts';

/** Listeners only look on: one that throws stops nobody and changes nothing. */
export interface Events {
  /** `name` is an event's name or `*`; the answer takes the listener off. */
  on(name: string, listener: (event: JsonObject) => void): () => void;
  emit(name: string, event: JsonObject): void;
  /** True if somebody would hear; saves making the event. */
  hears(name: string): boolean;
  /** delivered + failed = listeners called. */
  readonly counts: { readonly delivered: number; readonly failed: number };
}

export function createEvents(): Events {
  const listeners = new Map<string, Set<(event: JsonObject) => void>>();
  const counts = { delivered: 0, failed: 0 };
  const tell = (listener: (event: JsonObject) => void, event: JsonObject): void => {
    // the listener's own fault: counted, shown in `counts`, and nobody else's trouble
    const fail = (): void => void (counts.failed += 1);
    try {
      const answer: unknown = listener(event);
      // an async listener fits the type, and its rejection would end the process
      if (answer instanceof Promise) answer.then(() => (counts.delivered += 1), fail);
      else counts.delivered += 1;
    } catch {
      fail();
    }
  };
  return {
    counts,
    hears: (name) => listeners.has(name) || listeners.has('*'),
    on(name, listener) {
      const those = listeners.get(name) ?? new Set();
      listeners.set(name, those.add(listener));
      return () => {
        those.delete(listener);
        if (those.size === 0 && listeners.get(name) === those) listeners.delete(name);
      };
    },
    emit(name, event) {
      const named = { ...event, name };
      for (const listener of listeners.get(name) ?? []) tell(listener, named);
      for (const listener of listeners.get('*') ?? []) tell(listener, named);
    },
  };
}
