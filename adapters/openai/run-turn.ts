import type { Outcome } from 'ringfence/spi';
import { toAnswer, toFailure, type Answer } from './answer.ts';
import type { ForeignTool } from './foreign-tool.ts';
import { toRequest, type Answering } from './guard-parts.ts';
import { toPending, type PendingCall } from './pending.ts';
import { runCall } from './run-tool.ts';
import type { WireCall } from './wire-call.ts';

export interface RunOptions {
  /** Aborts calls that have not started; those that have end `unknown`. */
  readonly signal?: AbortSignal;
}

/** A call of the turn with its answer, and its ticket where it waits for a person. */
export interface Answered {
  readonly call: WireCall;
  readonly answer: Answer;
  readonly pending: PendingCall | undefined;
}

/** Runs the calls of one turn side by side; answers every id once, in the order of the calls, and never rejects for one of them. */
export async function runTurn(
  parts: Answering,
  tools: readonly ForeignTool[],
  { calls, api, signal }: RunOptions & { calls: readonly WireCall[]; api: 'chat' | 'responses' },
): Promise<readonly Answered[]> {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const requestOf = toRequest(parts, signal);
  const known = registerAll(parts, tools);
  const answerOne = async (call: WireCall): Promise<Answered> => {
    const { id, name } = call;
    const request = requestOf(id);
    try {
      const problem = known.get(name);
      if (problem !== undefined) throw problem;
      const outcome = isRepeated(calls, id)
        ? await refuseRepeated(parts, call, request)
        : await runCall(parts, byName.get(name), call, request);
      return {
        call,
        answer: toAnswer(name, outcome),
        pending: toPending(call, name, api, outcome),
      };
    } catch (error) {
      return { call, answer: toFailure(name, error), pending: undefined };
    }
  };
  const firsts = calls.filter(({ id }, at) => calls.findIndex((call) => call.id === id) === at);
  return Promise.all(firsts.map(answerOne));
}

/** The faults of tools that cannot be registered, by name: they cost the calls of those tools, and no others. */
function registerAll(
  { desk }: Answering,
  tools: readonly ForeignTool[],
): ReadonlyMap<string, unknown> {
  const problems = new Map<string, unknown>();
  for (const tool of tools) {
    try {
      desk.register(tool);
    } catch (error) {
      problems.set(tool.name, error);
    }
  }
  return problems;
}

function isRepeated(calls: readonly WireCall[], id: string): boolean {
  return calls.filter((call) => call.id === id).length > 1;
}

/** One answer cannot say which of two calls it is for, so neither is run. */
function refuseRepeated(
  { hypervisor }: Answering,
  { name }: WireCall,
  request: ReturnType<ReturnType<typeof toRequest>>,
): Promise<Outcome<never>> {
  const args = { invalid: 'two calls of one turn have the same id; give each its own' };
  return hypervisor.submit({ tool: name, args, ...request }, () => {
    throw new Error('arguments that are invalid were run');
  });
}
