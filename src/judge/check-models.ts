import { SupervisionError } from '../core/model/errors.ts';
import type { Model } from '../core/model/model-port.ts';
import type { Clock } from '../core/model/ports.ts';

/** Whether the models are there: asked at the start, and again until they are. */
export interface ModelHealth {
  start(tell: (problem: string) => void): void;
  problems(): readonly string[];
  /** Gives up what is under way as well. */
  close(): void;
}

const boundMs = 10_000;
const againMs = 60_000;

/** A wrong key or name is said at the start, and not by the first call that waits for it. */
export function checkModels(models: readonly Model[], clock: Clock): ModelHealth {
  const problems = new Map<string, string>();
  const cancels = new Set<() => void>();
  const closing = new AbortController();
  const closed = closing.signal;
  const later = (ms: number, work: () => void): (() => void) => {
    const cancel = clock.after(ms, () => {
      cancels.delete(cancel);
      work();
    });
    cancels.add(cancel);
    return cancel;
  };
  const check = async (model: Model, tell: (problem: string) => void): Promise<void> => {
    const problem = await findProblem(model, { later, closed });
    if (closed.aborted) return;
    if (problem === undefined) {
      problems.delete(model.name);
      return;
    }
    if (problems.get(model.name) !== problem) tell(problem);
    problems.set(model.name, problem);
    later(againMs, () => void check(model, tell));
  };
  return {
    start(tell) {
      for (const model of models) void check(model, tell);
    },
    problems: () => [...problems.values()],
    close() {
      closing.abort(new SupervisionError('MODEL_UNAVAILABLE', 'the hypervisor is closed'));
      for (const cancel of cancels) cancel();
    },
  };
}

async function findProblem(
  model: Model,
  around: {
    readonly later: (ms: number, work: () => void) => () => void;
    readonly closed: AbortSignal;
  },
): Promise<string | undefined> {
  const controller = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const cancel = around.later(boundMs, () => {
    controller.abort(new SupervisionError('MODEL_UNAVAILABLE', 'no answer in time'));
    resolve(`the model \`${model.name}\` does not answer; look at its server and the base URL`);
  });
  try {
    const work = model
      .check(AbortSignal.any([controller.signal, around.closed]))
      .then(() => undefined);
    return await Promise.race([work, late]);
  } catch (error) {
    const message = error instanceof SupervisionError ? error.message : 'its driver failed';
    return `the model \`${model.name}\` cannot judge: ${message}`;
  } finally {
    cancel();
  }
}
