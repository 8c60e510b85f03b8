export interface Throughput {
  readonly perSecond: number;
  /** Of each call, in milliseconds. */
  readonly latenciesMs: readonly number[];
}

/** So many callers, each with its next call as soon as its last one is done, for so long. */
export async function runCallers(
  callers: number,
  durationMs: number,
  call: (caller: number, nth: number) => Promise<unknown>,
): Promise<Throughput> {
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + durationMs;
  const loop = async (caller: number): Promise<void> => {
    for (let nth = 0, beganMs = startedMs; beganMs < endMs; nth += 1) {
      await call(caller, nth);
      const nowMs = performance.now();
      latenciesMs.push(nowMs - beganMs);
      beganMs = nowMs;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)));
  const seconds = (performance.now() - startedMs) / 1_000;
  return { perSecond: latenciesMs.length / seconds, latenciesMs };
}
