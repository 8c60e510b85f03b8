import { Runnable } from '@langchain/core/runnables';
import type { ClientTool } from '@langchain/core/tools';

/** A tool of LangChain as far as we look at it: made by `tool()`, a subclass, or `runnable.asTool()`. */
export interface AnyTool {
  readonly name: string;
  readonly description?: string | undefined;
  readonly schema?: unknown;
}

/** What an agent runs itself, unlike a tool of its provider; whether it can be supervised is found out by trying. */
export function isTool(value: unknown): value is ClientTool {
  return (
    typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
  );
}

export function isRunnable(value: unknown): value is Runnable {
  return Runnable.isRunnable(value);
}
