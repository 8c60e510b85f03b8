import type { Session } from 'ringfence/spi';

const maxTexts = 1000;
const maxSessions = 10_000;

/** Tells a session what its user said, each text once. Forgets the oldest: telling it again does no harm. */
export function createUserFeed(): (session: Session, texts: readonly string[]) => void {
  const told = new Map<string, Set<string>>();
  return (session, texts) => {
    const known = told.get(session.id) ?? new Set();
    told.set(session.id, known);
    for (const text of texts) {
      if (known.has(text)) continue;
      known.add(text);
      session.observe({ role: 'user', text });
    }
    dropOldest(known, maxTexts);
    dropOldest(told, maxSessions);
  };
}

function dropOldest(
  kept: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean },
  max: number,
): void {
  while (kept.size > max) {
    const oldest = kept.keys().next();
    if (oldest.done === true) return;
    kept.delete(oldest.value);
  }
}
