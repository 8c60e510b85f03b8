import type { RunnableConfig } from '@langchain/core/runnables';
import {
  SupervisionError,
  type Hypervisor,
  type Json,
  type Outcome,
  type RunIo,
} from 'ringfence/spi';
import { createChannel, isSteps, type Channel } from './channel.ts';
import { readLabels, type Labels } from './labels.ts';
import type { ToolOptions } from './options.ts';
import { answerError, answerNotDone } from './refusal.ts';
import { untilReviewed } from './review.ts';

/** One call as LangChain hands it to the tool, its arguments parsed. */
export interface Invocation {
  readonly input: unknown;
  readonly config: RunnableConfig | undefined;
  /** Where the tool call is the input itself. */
  readonly callId?: string | undefined;
  /** Enters the raw tool with the frozen arguments that were judged. */
  readonly enter: (args: unknown, config: RunnableConfig | undefined) => unknown;
}

/** What stands between LangChain and the raw tool: judged, run, and told in LangChain's words. */
export type SupervisedRun = (invocation: Invocation) => Promise<unknown>;

export function createSupervisedRun(
  tool: string,
  hypervisor: Hypervisor,
  options: ToolOptions,
): SupervisedRun {
  return async ({ input, config, callId, enter }) => {
    const labels = readLabels(config, callId);
    const channel = createChannel();
    const run = async (args: Json, io: RunIo): Promise<unknown> => {
      const given = input === undefined ? undefined : args;
      const result = await enter(given, withSignal(config, labels.signal, io.signal));
      return isSteps(result) ? channel.drive(result, io.signal) : result;
    };
    const request = toRequest(tool, input, labels, options, config ?? {});
    const outcome = untilReviewed(hypervisor, () => hypervisor.submit(request, run), {
      ...options,
      ...labels,
      tool,
      config: config ?? {},
    });
    const tell = async (): Promise<unknown> => toAnswer(tool, await outcome, labels, options);
    const first = await Promise.race([channel.opened, outcome]);
    return first === 'opened' ? stream(channel, outcome, tell) : tell();
  };
}

function toRequest(
  tool: string,
  input: unknown,
  { signal, claim }: Labels,
  { seat, review }: ToolOptions,
  config: RunnableConfig,
): Parameters<Hypervisor['submit']>[0] {
  const waitMs = review === 'interrupt' ? 0 : review?.waitMs;
  return {
    tool,
    args: typeof input === 'string' ? { text: input } : { value: input ?? null },
    seat: seat(config),
    ...(claim === undefined ? {} : { claim }),
    ...(signal === undefined ? {} : { signal }),
    ...(waitMs === undefined ? {} : { waitMs }),
  };
}

/** The tool hears of a kill, a time-out and its caller alike. */
function withSignal(
  config: RunnableConfig | undefined,
  callers: AbortSignal | undefined,
  ours: AbortSignal,
): RunnableConfig | undefined {
  if (config === undefined) return undefined;
  return { ...config, signal: callers === undefined ? ours : AbortSignal.any([callers, ours]) };
}

async function* stream(
  channel: Channel,
  outcome: Promise<unknown>,
  tell: () => Promise<unknown>,
): AsyncGenerator<unknown, unknown> {
  yield* channel.read(outcome);
  return tell();
}

function toAnswer(
  tool: string,
  outcome: Outcome<unknown>,
  { callId, signal }: Labels,
  options: ToolOptions,
): unknown {
  if (outcome.status === 'done') return outcome.value;
  if (outcome.status === 'failed') {
    if (callId === undefined || !isWithheld(outcome)) throw outcome.error;
    return answerError({ tool, callId }, outcome.error, options.status);
  }
  // as the bare tool does: whoever aborts gets the reason back, and no message
  if (signal?.aborted === true) throw toAbortError(signal);
  return answerNotDone({ tool, callId }, outcome, options);
}

type Failed = Extract<Outcome<unknown>, { status: 'failed' }>;

/** The tool ran, and a filter keeps its result back: told like a refusal, unlike an error of the tool. */
function isWithheld(failed: Failed): failed is Failed & { readonly error: SupervisionError } {
  const { error, callId } = failed;
  if (!(error instanceof SupervisionError)) return false;
  return error.code === 'FILTER_DENIED' && error.callId === callId;
}

/** The same error that LangChain makes of a signal. */
function toAbortError({ reason }: AbortSignal): Error {
  if (reason instanceof Error) return reason;
  return new Error(typeof reason === 'string' ? reason : 'Aborted');
}
