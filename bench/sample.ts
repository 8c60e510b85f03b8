/** Work to be timed; the number says how often to do it in a row. */
export type Timed = (times: number) => void | Promise<void>;

export interface Sampling {
  readonly rounds: number;
  /** How long one sample takes, about: long enough for the clock, short enough to find a quiet moment. */
  readonly batchMs?: number;
  /** Of each piece of work, before anything counts: the compiler needs it. */
  readonly warmUpMs?: number;
}

/**
 * Microseconds per repetition, `rounds` samples of each piece of work. The pieces take turns, so that what else
 * happens on the machine falls on all of them alike.
 */
export async function sampleInTurns<Name extends string>(
  works: Readonly<Record<Name, Timed>>,
  { rounds, batchMs = 0.4, warmUpMs = 300 }: Sampling,
): Promise<(name: Name) => readonly number[]> {
  const pieces = new Map<string, { work: Timed; times: number; samples: number[] }>();
  for (const [name, work] of Object.entries<Timed>(works)) {
    pieces.set(name, { work, times: await calibrate(work, batchMs, warmUpMs), samples: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { work, times, samples } of pieces.values()) {
      samples.push(((await timeOf(work, times)) * 1_000) / times);
    }
  }
  return (name) => pieces.get(name)?.samples ?? [];
}

/** Warms the work up and finds how often it fits into a batch. */
async function calibrate(work: Timed, batchMs: number, warmUpMs: number): Promise<number> {
  let times = 1;
  let bestMs = Number.POSITIVE_INFINITY;
  const startedMs = performance.now();
  while (performance.now() - startedMs < warmUpMs) {
    const tookMs = await timeOf(work, times);
    bestMs = Math.min(bestMs, tookMs / times);
    if (tookMs < batchMs / 2) times *= 2;
  }
  return Math.max(1, Math.round(batchMs / bestMs));
}

async function timeOf(work: Timed, times: number): Promise<number> {
  const startedMs = performance.now();
  const done = work(times);
  // a synchronous piece pays for no turn of the loop
  if (done !== undefined) await done;
  return performance.now() - startedMs;
}
