import type { RunnableConfig } from '@langchain/core/runnables';
import type { ClientTool } from '@langchain/core/tools';
import { createMiddleware } from 'langchain';
import {
  SupervisionError,
  type Hypervisor,
  type Json,
  type Manifest,
  type Seat,
} from 'ringfence/spi';
import { isTool } from './any-tool.ts';
import type { Review, ReviewOptions, ToolOptions } from './options.ts';
import { answerError } from './refusal.ts';
import { notInnermost, sealCall } from './sealed-call.ts';
import { superviseTool } from './supervise-tool.ts';
import { createSupervisedRun } from './supervised-run.ts';
import { createUserFeed } from './user-said.ts';

export interface MiddlewareOptions extends ReviewOptions, Pick<ToolOptions, 'status'> {
  readonly seat: (config: RunnableConfig) => Seat;
  /** By the name of the tool; one that is not here counts as an irreversible write. */
  readonly manifests: { readonly [tool: string]: Manifest };
  /** What rules call a tool, by its name: default `run`. */
  readonly actions?: { readonly [tool: string]: string | ((args: Json) => string) };
  /** What the user said, from the operator's own records: graph state and messages may be written by tools. */
  readonly user?: (config: RunnableConfig) => readonly string[];
  readonly review: Review;
}

/**
 * Supervises every tool call of an agent; refusals reach the model as ToolMessages. Put it last in `middleware`,
 * where it is the innermost: a call that a middleware further in takes over is refused.
 * @example
 * createAgent({ model, tools, middleware: [supervisionMiddleware(hypervisor, { seat, manifests, review: 'interrupt' })] });
 */
export function supervisionMiddleware(hypervisor: Hypervisor, options: MiddlewareOptions) {
  const { status } = options;
  const seat = createSeat(options);
  const wrapped = new WeakMap<ClientTool, ClientTool>();
  const wrap = (tool: ClientTool): ClientTool => {
    const known =
      wrapped.get(tool) ?? superviseTool(tool, hypervisor, { ...pick(options, tool.name), seat });
    wrapped.set(tool, known);
    return known;
  };
  /** A call of a tool that the agent has not: judged and logged like any other, and never run. */
  const refuseUnknown = async (name: string, input: unknown, config: RunnableConfig) => {
    const run = createSupervisedRun(name, hypervisor, { seat, deny: 'throw', ...atOnce });
    const error = await run({ input, config, enter: throwUnknown }).catch(
      (error: unknown) => error,
    );
    return error instanceof SupervisionError ? error : unknownTool();
  };
  return createMiddleware({
    name: 'RingfenceSupervision',
    async wrapToolCall(request, handler) {
      const { toolCall, tool, runtime } = request;
      const to = { tool: toolCall.name, callId: toolCall.id ?? '' };
      if (!isTool(tool)) {
        const { configurable = {} } = runtime;
        const error = await refuseUnknown(to.tool, toolCall.args, { configurable });
        return answerError(to, error, status);
      }
      const supervised = attempt(() => wrap(tool));
      if (supervised instanceof SupervisionError) return answerError(to, supervised, status);
      const sealed = sealCall(toolCall, supervised);
      const handed = { ...request, toolCall: sealed.call, tool: sealed.tool };
      try {
        const answer = await handler(handed);
        if (sealed.wasOpened) return answer;
      } catch (error) {
        if (!sealed.wasTampered) throw error;
      }
      return answerError(to, new SupervisionError('TOOL_INVALID', notInnermost), status);
    },
  });
}

const atOnce = { review: { waitMs: 0 } } as const;

/** The operator's seat, told what its user said. */
function createSeat({ seat, user }: MiddlewareOptions): (config: RunnableConfig) => Seat {
  if (user === undefined) return seat;
  const tell = createUserFeed();
  return (config) => {
    const taken = seat(config);
    tell(taken.session, user(config));
    return taken;
  };
}

/** What concerns one tool; a name from a model must not find what every object has. */
function pick(
  { manifests, actions = {}, review, approver, status }: MiddlewareOptions,
  name: string,
): Omit<ToolOptions, 'seat'> {
  const manifest = Object.hasOwn(manifests, name) ? manifests[name] : undefined;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  return {
    review,
    ...(manifest === undefined ? {} : { manifest }),
    ...(action === undefined ? {} : { action }),
    ...(approver === undefined ? {} : { approver }),
    ...(status === undefined ? {} : { status }),
  };
}

/** A tool that cannot be supervised costs its own call, and no sibling's. */
function attempt<T>(work: () => T): T | SupervisionError {
  try {
    return work();
  } catch (error) {
    if (error instanceof SupervisionError) return error;
    throw error;
  }
}

function unknownTool(): SupervisionError {
  const message = 'the agent has no tool of this name; call one of the tools that it was given';
  return new SupervisionError('UNKNOWN_TOOL', message);
}

function throwUnknown(): never {
  throw unknownTool();
}
