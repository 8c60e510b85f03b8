import type { Claim } from 'ringfence/spi';
import { z } from 'zod';

/** What we read of a runnable's config: labels that LangGraph sets, and the caller's signal. */
const shape = z.object({
  toolCall: z.object({ id: z.string() }).optional().catch(undefined),
  signal: z.instanceof(AbortSignal).optional().catch(undefined),
  configurable: z
    .object({
      thread_id: z.union([z.string(), z.number()]).optional().catch(undefined),
      checkpoint_ns: z.string().optional().catch(undefined),
      checkpoint_map: z.record(z.string(), z.string()).optional().catch(undefined),
      __pregel_checkpointer: z.unknown(),
    })
    .optional()
    .catch(undefined),
});

/** Where a call comes from, as far as its config says. */
export interface Labels {
  /** Of the model's tool call; undefined outside an agent. */
  readonly callId: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly claim: Claim | undefined;
  readonly hasCheckpointer: boolean;
}

/** Reads a config of any shape; `toolCallId` is for tools that get their tool call as input. */
export function readLabels(config: unknown, toolCallId?: string): Labels {
  const { toolCall, signal, configurable } = shape.safeParse(config).data ?? {};
  const callId = toolCallId ?? toolCall?.id;
  const claim = callId === undefined ? undefined : toClaim(callId, configurable);
  const hasCheckpointer = configurable?.__pregel_checkpointer !== undefined;
  return { callId, signal, claim, hasCheckpointer };
}

type Configurable = z.output<typeof shape>['configurable'];

/** Only a thread can be resumed, and only in a graph has a call a task. */
function toClaim(id: string, configurable: Configurable): Claim | undefined {
  const { thread_id: thread, checkpoint_ns: task, checkpoint_map: map = {} } = configurable ?? {};
  if (thread === undefined || task === undefined || task === '') return undefined;
  const claim = { adapter: 'langchain', thread: String(thread), task, id };
  const parent = task.slice(0, Math.max(0, task.lastIndexOf('|')));
  const turnMs = timeOf(Object.hasOwn(map, parent) ? map[parent] : undefined);
  return turnMs === undefined ? claim : { ...claim, turnMs };
}

const uuid6 = /^([0-9a-f]{8})-([0-9a-f]{4})-6([0-9a-f]{3})-/i;
/** From 1582-10-15, where these ids count from, to 1970 (RFC 9562): milliseconds. */
const gregorianMs = 12_219_292_800_000;

/** When a checkpoint was written: its id is a UUID of version 6, whose first 60 bits count 100 ns. */
function timeOf(checkpoint: string | undefined): number | undefined {
  const [, high = '', mid = '', low = ''] = uuid6.exec(checkpoint ?? '') ?? [];
  if (high === '') return undefined;
  return Math.floor(Number(BigInt(`0x${high}${mid}${low}`) / 10_000n)) - gregorianMs;
}
