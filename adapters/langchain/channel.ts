/** Anything that gives one thing after another, as LangChain tells a generator. */
export interface Steps {
  next(): unknown;
  return?(value?: unknown): unknown;
}

/** LangChain's own test. */
export function isSteps(value: unknown): value is Steps {
  return (
    typeof value === 'object' &&
    value !== null &&
    'next' in value &&
    typeof value.next === 'function'
  );
}

interface Step {
  readonly done?: boolean;
  readonly value: unknown;
}

/** Carries the chunks of a generator out of the supervised run, one at a time: the tool waits for its reader. */
export interface Channel {
  /** Resolves when the tool turns out to be a generator. */
  readonly opened: Promise<'opened'>;
  /** Inside the run: drives the generator to its end and gives what it returns. */
  drive(steps: Steps, signal: AbortSignal): Promise<unknown>;
  /** Outside: the chunks, until `ended` settles. */
  read(ended: Promise<unknown>): AsyncGenerator<unknown, void>;
}

export function createChannel(): Channel {
  const opening = Promise.withResolvers<'opened'>();
  let chunk = Promise.withResolvers<{ readonly value: unknown }>();
  let wanted = Promise.withResolvers<void>();
  let isLeft = false;

  const hand = async (value: unknown, signal: AbortSignal): Promise<void> => {
    const taken = wanted.promise;
    chunk.resolve({ value });
    await Promise.race([taken, aborted(signal)]);
  };
  return {
    opened: opening.promise,
    async drive(steps, signal) {
      opening.resolve('opened');
      try {
        for (;;) {
          const step = await toStep(steps.next());
          if (step.done === true) return step.value;
          await hand(step.value, signal);
          if (isLeft || signal.aborted) return undefined;
        }
      } finally {
        await steps.return?.(undefined);
      }
    },
    async *read(ended) {
      const over = ended.then(
        () => undefined,
        () => undefined,
      );
      try {
        for (;;) {
          const next = await Promise.race([chunk.promise, over]);
          if (next === undefined) return;
          chunk = Promise.withResolvers();
          yield next.value;
          const { resolve } = wanted;
          wanted = Promise.withResolvers();
          resolve();
        }
      } finally {
        // the reader went away before the end: so does the tool
        isLeft = true;
        wanted.resolve();
      }
    },
  };
}

async function toStep(step: unknown): Promise<Step> {
  const settled: unknown = await step;
  if (typeof settled !== 'object' || settled === null) return { done: true, value: undefined };
  const isDone = 'done' in settled && Boolean(settled.done);
  return { done: isDone, value: 'value' in settled ? settled.value : undefined };
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
