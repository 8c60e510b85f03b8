import {
  SupervisionError,
  type Hypervisor,
  type Json,
  type Manifest,
  type Seat,
  type Ticket,
} from 'ringfence/spi';
import {
  toAnswer,
  toItem,
  toMessage,
  type Supervised,
  type ToolMessage,
  type ToolOutputItem,
} from './answer.ts';
import { createGuardedFetch } from './fetch/guarded-fetch.ts';
import type { Fetch } from './fetch/guarded-request.ts';
import { readTools, type ForeignTool, type ForeignTools } from './foreign-tool.ts';
import type { Answering } from './guard-parts.ts';
import { createPendingCalls, type PendingCall } from './pending.ts';
import { runTurn, type Answered, type RunOptions } from './run-turn.ts';
import { executeOn } from './run-tool.ts';
import { superviseRunnerTools } from './runner-tools.ts';
import { defaultStreamLimits, type StreamLimits } from './sse/events.ts';
import { createToolDesk } from './tool-desk.ts';
import { readChatCall, readItemCall } from './wire-call.ts';

export interface OpenAIGuardOptions {
  /** Who acts: asked for every turn, so that it may come from an AsyncLocalStorage. */
  readonly seat: () => Seat;
  /** By tool name. A tool without one counts as an irreversible write. */
  readonly manifests?: { readonly [tool: string]: Manifest };
  /** What rules call it, by tool name: a text, or a function of the judged arguments. Default `run`. */
  readonly actions?: { readonly [tool: string]: string | ((args: Json) => string) };
  /** How long a call waits for a person: milliseconds, default the hypervisor's (30,000). */
  readonly waitMs?: number;
  /** A name of the conversation that outlives a restart: then each call id of it runs at most once. */
  readonly thread?: () => string;
  /** What `guard.fetch` reaches the network with. Default the global `fetch`. */
  readonly fetch?: Fetch;
  /** Bounds of one reply for `guard.fetch`. Default 8 MiB and 10,000 events. */
  readonly limits?: Partial<StreamLimits>;
  /** How long one whole reply may take for `guard.fetch`: milliseconds, default 600,000. */
  readonly replyMs?: number;
}

/** The answers of one turn, one for each id, in order; those that wait for a person say so, and their tickets stand in `pending`. */
export type Answers<M> = readonly (M & Supervised)[] & { readonly pending: readonly PendingCall[] };

export interface OpenAIGuard {
  /** Runs `message.tool_calls` of a chat completion: `messages.push(...(await guard.run(calls, tools)))`. */
  run(
    toolCalls: readonly object[] | null | undefined,
    tools: ForeignTools,
    options?: RunOptions,
  ): Promise<Answers<ToolMessage>>;
  /** Runs the function and custom tool calls among `response.output` of the responses API. */
  runItems(
    output: readonly object[],
    tools: ForeignTools,
    options?: RunOptions,
  ): Promise<Answers<ToolOutputItem>>;
  /** For code that cannot change: `new OpenAI({ fetch: guard.fetch })`. Advisory: see docs/openai.md. */
  readonly fetch: Fetch;
  /** The same tools for `runTools`, every call supervised. */
  tools<T extends readonly object[]>(tools: T): T;
  /** Comes back with a pending call; `tools` where this process has not run them before. */
  resume(
    pending: PendingCall | Ticket,
    tools?: ForeignTools,
  ): Promise<(ToolMessage | ToolOutputItem) & Supervised>;
}

/**
 * Stands between an OpenAI tools loop and its tools.
 * @example
 * const guard = createOpenAIGuard(hypervisor, { seat: () => seat, manifests });
 * messages.push(message, ...(await guard.run(message.tool_calls, tools)));
 */
export function createOpenAIGuard(
  hypervisor: Hypervisor,
  options: OpenAIGuardOptions,
): OpenAIGuard {
  const { seat, manifests = {}, actions = {}, waitMs, thread } = options;
  const desk = createToolDesk(hypervisor, { manifests, actions });
  const parts: Answering = { hypervisor, desk, seat, waitMs, thread };
  const pendings = createPendingCalls();
  const known = new Map<string, ForeignTool>();
  const learn = (tools: ForeignTools): readonly ForeignTool[] => {
    const read = readTools(tools);
    for (const tool of read) known.set(tool.name, tool);
    return read;
  };
  const collect = <M>(
    answered: readonly Answered[],
    toOne: (one: Answered) => M & Supervised,
  ): Answers<M> => {
    const pending = answered.map((one) => one.pending).filter((one) => one !== undefined);
    pending.forEach(pendings.add);
    const answers: Answers<M> = Object.assign(answered.map(toOne), { pending });
    return Object.defineProperty(answers, 'pending', { enumerable: false });
  };
  return {
    async run(toolCalls, tools, options = {}) {
      const calls = (toolCalls ?? []).map(readChatCall);
      const answered = await runTurn(parts, learn(tools), { calls, api: 'chat', ...options });
      return collect(answered, ({ call, answer }) => toMessage(call.id, answer));
    },
    async runItems(output, tools, options = {}) {
      const calls = output.map(readItemCall).filter((call) => call !== undefined);
      const answered = await runTurn(parts, learn(tools), { calls, api: 'responses', ...options });
      return collect(answered, ({ call, answer }) => toItem(call, answer));
    },
    fetch: createGuardedFetch(parts, {
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      limits: { ...defaultStreamLimits, ...options.limits },
      replyMs: options.replyMs ?? 600_000,
    }),
    tools: (tools) => superviseRunnerTools(parts, tools),
    async resume(ticket, tools) {
      const { approvalId, callId, tool: name, ...pending } = pendings.find(ticket);
      if (tools !== undefined) learn(tools);
      const tool = findTool(known, name);
      desk.register(tool);
      const outcome = await hypervisor.resume(
        { approvalId, callId },
        (args, io) => executeOn(tool, args, io),
        { tool: name },
      );
      const answer = toAnswer(name, outcome);
      if (pending.answer === 'message') return toMessage(pending.toolCallId, answer);
      const kind = pending.answer === 'custom_tool_call_output' ? 'custom' : 'function';
      return toItem({ id: pending.toolCallId, kind }, answer);
    },
  };
}

function findTool(known: ReadonlyMap<string, ForeignTool>, name: string): ForeignTool {
  const tool = known.get(name);
  if (tool !== undefined) return tool;
  // before the ticket is used up, so that nothing is lost
  throw new SupervisionError(
    'TOOL_INVALID',
    `there is no function of the tool \`${name}\` here; pass the tools to \`resume\` as well`,
  );
}
