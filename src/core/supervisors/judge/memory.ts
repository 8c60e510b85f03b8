import type { Clock } from '../../model/ports.ts';
import type { Judgement } from './judgement.ts';

/** A question as far as an answer depends on it. */
export interface QuestionKey {
  /** Injective over everything but the texts. */
  readonly text: string;
  /** What the user wrote: compared one by one, since hashing them would cost more than the rest. */
  readonly said: readonly string[];
}

/** Answers that were given a short while ago, and questions that are being asked right now. */
export interface JudgeMemory {
  /** The answer, or the question under way; else asks, and keeps what may be kept. */
  recall(
    key: QuestionKey,
    ask: () => Promise<Judgement>,
    options: { readonly isIrreversible: boolean },
  ): Promise<Judgement>;
  forget(): void;
}

interface Kept {
  readonly key: QuestionKey;
  readonly judgement: Judgement;
  readonly untilMs: number;
}

/** `lifeMs` 0 keeps nothing; questions under way are shared all the same. */
export function createJudgeMemory({
  clock,
  lifeMs,
  maxKept,
}: {
  readonly clock: Clock;
  readonly lifeMs: number;
  readonly maxKept: number;
}): JudgeMemory {
  const kept = new Map<string, Kept>();
  const asked = new Map<string, { readonly key: QuestionKey; readonly work: Promise<Judgement> }>();
  let age = 0;

  const find = (key: QuestionKey): Judgement | undefined => {
    const found = kept.get(key.text);
    if (found === undefined || !isSame(found.key, key)) return undefined;
    if (clock.monotonicMs() < found.untilMs) return found.judgement;
    kept.delete(key.text);
    return undefined;
  };
  const keep = (key: QuestionKey, judgement: Judgement): void => {
    kept.delete(key.text);
    kept.set(key.text, { key, judgement, untilMs: clock.monotonicMs() + lifeMs });
    for (const oldest of kept.keys()) {
      if (kept.size <= maxKept) return;
      kept.delete(oldest);
    }
  };
  return {
    async recall(key, ask, { isIrreversible }) {
      const known = find(key);
      if (known !== undefined) return asCached(known);
      const running = asked.get(key.text);
      if (running !== undefined && isSame(running.key, key)) return running.work;
      const born = age;
      const work = ask();
      asked.set(key.text, { key, work });
      try {
        const judgement = await work;
        const mayKeep = 'verdict' in judgement && judgement.code !== 'JUDGE_PAUSED';
        // what cannot be undone is never allowed on the word of an earlier call
        const isFresh = mayKeep && !(isIrreversible && judgement.verdict === 'allow');
        if (isFresh && lifeMs > 0 && born === age) keep(key, judgement);
        return judgement;
      } finally {
        if (asked.get(key.text)?.work === work) asked.delete(key.text);
      }
    },
    forget() {
      age += 1;
      kept.clear();
      asked.clear();
    },
  };
}

function isSame(one: QuestionKey, other: QuestionKey): boolean {
  return (
    one.text === other.text &&
    one.said.length === other.said.length &&
    one.said.every((text, index) => text === other.said[index])
  );
}

function asCached(judgement: Judgement): Judgement {
  const report = { ...judgement.report, isCached: true, latencyMs: 0, costMicros: 0 };
  return { ...judgement, report };
}
