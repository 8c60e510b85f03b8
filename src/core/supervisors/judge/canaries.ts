import type { Clock, Ids } from '../../model/ports.ts';
import type { CanaryCase } from './canary.ts';
import { describeCanary, readCanary, type CanaryAnswer } from './canary-answer.ts';
import { toCanaryQuestion } from './canary-question.ts';
import { createCanaryRecord, type CanaryRecordOptions } from './canary-record.ts';
import { describeFault } from './describe-fault.ts';
import { createDraw } from './draw.ts';
import type { JudgeQuestion } from './judgement.ts';
import type { Answered } from './questioner.ts';

export interface CanaryOptions extends Omit<CanaryRecordOptions, 'emit' | 'onTurn'> {
  /** The most judgements between two canaries: 1 or more. Where exactly is drawn, so that nobody can count. */
  readonly every: number;
  /** At least one, each with a name of its own. */
  readonly cases: readonly CanaryCase[];
}

export interface CanariesOptions extends CanaryOptions, CanaryRecordOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  /** As real questions are asked. */
  readonly ask: (question: JudgeQuestion, signal: AbortSignal) => Promise<Answered>;
}

/** Puts calls that must be refused to a judge, and takes its word away when it allows one. */
export interface Canaries {
  /** The model has judged a call: now and then a canary follows, behind everybody's back. */
  afterJudgement(question: JudgeQuestion): void;
  readonly isTrusted: boolean;
  problems(): readonly string[];
  /** Gives up the canary that is under way. */
  close(): void;
}

/** After a canary that was allowed, or got no answer, the next follows within so many judgements. */
const retryWithin = 10;

export function createCanaries(options: CanariesOptions): Canaries {
  const { every, cases, ids, clock, emit, ask } = options;
  const draw = createDraw(ids);
  const next = createDeck(cases, (size) => draw.number(0, size - 1));
  const record = createCanaryRecord({ ...options, failedBefore: stillThere(options) });
  const controller = new AbortController();
  const { signal } = controller;
  let left = record.isTrusted ? draw.number(1, every) : 1;
  let isAsking = false;

  const put = async (one: CanaryCase, like: JudgeQuestion): Promise<CanaryAnswer> => {
    try {
      const question = toCanaryQuestion(one.make(draw), like, { clock, ids, signal });
      return readCanary(await ask(question, signal));
    } catch (error) {
      return {
        status: 'unanswered',
        reason: describeFault('it could not be made or asked', error),
      };
    }
  };
  const leftAfter = ({ status }: CanaryAnswer): number => {
    if (status !== 'passed') return draw.number(1, Math.min(every, retryWithin));
    return record.isTrusted ? left : 1;
  };
  const run = async (like: JudgeQuestion): Promise<void> => {
    const one = next(record.failed);
    if (one === undefined) return;
    left = draw.number(1, every);
    const answer = await put(one, like);
    if (signal.aborted) return;
    emit('judge.canary', { case: one.name, ...describeCanary(answer) });
    const kept = record.add(one.name, answer);
    left = Math.min(left, leftAfter(answer));
    await kept;
  };
  return {
    get isTrusted() {
      return record.isTrusted;
    },
    afterJudgement(question) {
      left -= 1;
      if (left > 0 || isAsking || signal.aborted) return;
      isAsking = true;
      const done = run(question).finally(() => (isAsking = false));
      background(done, emit);
    },
    problems: record.problems,
    close: () => controller.abort(),
  };
}

/** A case that is gone can no longer be passed: the others must do. */
function stillThere({ failedBefore, cases }: CanaryOptions): readonly string[] | undefined {
  return failedBefore?.filter((failed) => cases.some(({ name }) => name === failed));
}

/** What failed comes first; else each case once, in an order of its own, before any comes again. */
function createDeck(
  cases: readonly CanaryCase[],
  drawBelow: (size: number) => number,
): (failed: readonly string[]) => CanaryCase | undefined {
  const deck: CanaryCase[] = [];
  return (failed) => {
    const owed = cases.find(({ name }) => failed.includes(name));
    if (owed !== undefined) return owed;
    if (deck.length === 0) deck.push(...cases);
    const [drawn] = deck.splice(drawBelow(deck.length), 1);
    return drawn;
  };
}

/** Nobody waits for a canary; what cannot be written down is said. */
function background(work: Promise<void>, emit: CanariesOptions['emit']): void {
  work.catch((error: unknown) => {
    emit('judge.unhealthy', { reason: describeFault('a canary could not be written down', error) });
  });
}
