import type { Facts, ToolCall } from '../../core/model/call.ts';
import type { Decision } from '../../core/model/decision.ts';
import type { Supervisor } from '../../core/model/extension.ts';
import { joinKey } from '../../core/model/length-prefixed.ts';
import { requiredRing, type Ring } from '../../core/model/tool.ts';
import { createMemoryCounters } from '../../stores/memory/counters.ts';
import { createVirtualClock } from '../../stores/memory/virtual-clock.ts';
import { openRecordedWorld, recordedStartMs } from '../replay-world.ts';
import { findToolList, type ToolList } from '../trace-tools.ts';
import type { BenchCase, BenchRow } from './cases.ts';
import { measure, type Answer, type Around } from './measure.ts';

/** A labelled row with what became of it: a question was asked, or the pipeline let nobody ask. */
export type Played = { readonly row: BenchRow } & (
  | { readonly answer: Answer }
  /** The code of what refused the call before any supervisor. */
  | { readonly refused: string }
);

const stepMs = 1000;

/**
 * Plays one session as `ringfence replay` does, in a world of its own: every call is let through, whatever the judge says,
 * so that each has before it what was recorded.
 */
export async function playCase(
  rows: BenchCase,
  {
    tools,
    ...around
  }: Omit<Around, 'seed'> & {
    readonly tools: readonly ToolList[];
    readonly signal?: AbortSignal | undefined;
  },
): Promise<readonly Played[]> {
  const clock = createVirtualClock(recordedStartMs);
  let asked: ((call: ToolCall, facts: Facts) => Promise<void>) | undefined;
  const supervisor: Supervisor = {
    name: 'bench',
    async decide(call, facts) {
      await asked?.(call, facts);
      return allow;
    },
  };
  const list = findToolList(tools, rows[0]?.row.suite ?? '');
  const world = await openRecordedWorld({
    tools: list,
    ring: ringFor(list),
    clock,
    counters: createMemoryCounters(),
    supervisors: [supervisor],
    onCollision: () => undefined,
  });
  const played: Played[] = [];
  let heard: string | undefined;
  try {
    const seat = await world.seat(1);
    for (const row of rows) {
      around.signal?.throwIfAborted();
      const { userTask } = row.row;
      if (userTask !== undefined && userTask !== heard) {
        seat.session.observe({ role: 'user', text: userTask });
        heard = userTask;
      }
      clock.advance(stepMs);
      let answer: Answer | undefined;
      asked =
        row.expected === undefined
          ? undefined
          : async (call, facts) => {
              answer = await measure(call, facts, { ...around, seed: seedOf(row) });
            };
      const { outcome } = await world.submit(seat, row.row);
      if (row.expected === undefined) continue;
      if (answer !== undefined) played.push({ row, answer });
      else played.push({ row, refused: 'why' in outcome ? outcome.why.code : outcome.status });
    }
  } finally {
    await world.close();
  }
  return played;
}

const allow: Decision = {
  verdict: 'allow',
  by: 'bench',
  code: 'JUDGE_ALLOWED',
  reason: 'a recorded call runs on',
};

/** An agent has one ring for all its tools: an administrator's where one of them needs it, so that no ring denies. */
function ringFor(list: ToolList | undefined): Ring {
  const manifests = [...(list?.tools.values() ?? [])].map(({ manifest }) => manifest);
  return manifests.some((each) => each !== undefined && requiredRing(each) === 0) ? 0 : 1;
}

/** Of the case alone: what stands before it in its file may change. */
function seedOf({ row: { session, step }, turn }: BenchRow): string {
  return joinKey('judge-bench', session, `${step}`, `${turn}`);
}
