import { Runnable, type RunnableConfig } from '@langchain/core/runnables';
import { ToolInputParsingException } from '@langchain/core/tools';
import { interopParseAsync, type InteropZodType } from '@langchain/core/utils/types';
import type { SupervisedRun } from './supervised-run.ts';

/** What of a tool made by `runnable.asTool()` leads to its runnable. */
export interface BoundTool {
  readonly schema: InteropZodType;
  readonly bound: Runnable;
}

/** Stands in for the runnable behind the tool: every way of a `RunnableToolLike` goes through this `invoke`. */
export class SupervisedRunnable extends Runnable {
  override lc_namespace = ['ringfence', 'langchain'];
  readonly #tool: BoundTool;
  readonly #run: SupervisedRun;

  constructor(tool: BoundTool, run: SupervisedRun) {
    super();
    this.#tool = tool;
    this.#run = run;
  }

  override async invoke(input: unknown, config?: Partial<RunnableConfig>): Promise<unknown> {
    const { bound } = this.#tool;
    const call = toToolCall(input);
    return this.#run({
      input: call === undefined ? input : await this.#parse(call.args),
      config,
      callId: call?.id,
      enter: (args, withSignal) => bound.invoke(args, withSignal),
    });
  }

  /** Parsed here, as the runnable would, so that what is judged is what it gets. */
  async #parse(args: unknown): Promise<unknown> {
    const parsed: unknown = await interopParseAsync(this.#tool.schema, args).catch(() => {
      throw unparsable(args);
    });
    // the runnable takes what looks like a tool call apart once more
    if (toToolCall(parsed) !== undefined) throw unparsable(args);
    return parsed;
  }
}

function unparsable(args: unknown): ToolInputParsingException {
  const message = 'Received tool input did not match expected schema';
  return new ToolInputParsingException(message, JSON.stringify(args));
}

function toToolCall(
  input: unknown,
): { readonly id: string | undefined; readonly args: unknown } | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  if (!('type' in input) || input.type !== 'tool_call') return undefined;
  const id = 'id' in input && typeof input.id === 'string' ? input.id : undefined;
  return { id, args: 'args' in input ? input.args : undefined };
}
