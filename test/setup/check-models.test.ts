import { describe, expect, it } from 'vitest';
import { checkModels } from '../../src/judge/check-models.ts';
import { createVirtualClock } from '../../src/stores/memory/virtual-clock.ts';
import { agreeable, scripted } from '../core/supervisors/judge-world.ts';

const turn = () => new Promise<void>((done) => void setImmediate(done));

/** A model whose check never ends by itself, and the signals that it was given. */
function stalling() {
  const signals: AbortSignal[] = [];
  const model = {
    ...scripted('strong', agreeable),
    check: (signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<void>((_done, fail) => {
        signal.addEventListener('abort', () => fail(signal.reason));
      });
    },
  };
  return { model, signals };
}

describe('a check of models', () => {
  it('is given up when it is closed, and tells of nothing', async () => {
    const { model, signals } = stalling();
    const told: string[] = [];
    const health = checkModels([model], createVirtualClock(0));
    health.start((problem) => told.push(problem));
    health.close();
    await turn();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(told).toEqual([]);
  });

  it('ends at its bound, says so once, and asks again a minute later until it is closed', async () => {
    const { model, signals } = stalling();
    const clock = createVirtualClock(0);
    const told: string[] = [];
    const health = checkModels([model], clock);
    health.start((problem) => told.push(problem));
    clock.advance(10_000);
    await turn();
    clock.advance(60_000);
    clock.advance(10_000);
    await turn();
    expect(told).toEqual([expect.stringContaining('`strong` does not answer')]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    health.close();
    clock.advance(600_000);
    await turn();
    expect(signals).toHaveLength(2);
  });
});
