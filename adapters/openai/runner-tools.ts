import type { Outcome } from 'ringfence/spi';
import { toAnswer } from './answer.ts';
import { isSupervised, markSupervised } from './brand.ts';
import { readTool, type ForeignTool } from './foreign-tool.ts';
import { toRequest, type Answering } from './guard-parts.ts';
import { cloneEach, cloneWith, isFunction, read } from './reflect.ts';
import { checkArgs, toJsonText } from './run-tool.ts';
import { linkUntilStarted } from './until-started.ts';

/**
 * Clones of the tools whose callbacks go through the hypervisor; the rest of each tool is as it was. What the tool
 * returns and what it throws is unchanged; a call that was not done is answered with a text, since a throw
 * would end the whole run.
 */
export function superviseRunnerTools<T extends readonly object[]>(parts: Answering, tools: T): T {
  return cloneEach(tools, (tool) => superviseOne(parts, tool));
}

function superviseOne(parts: Answering, original: object): object {
  if (isSupervised(original)) return original;
  const tool = readTool(original);
  if (tool === undefined) return original;
  parts.desk.register(tool);
  const supervised = superviseCallback(parts, tool);
  return markSupervised(replaceCallback(original, supervised), original);
}

function replaceCallback(original: object, supervised: unknown): object {
  if (isFunction(read(original, '$callback')))
    return cloneWith(original, { $callback: supervised });
  const inner = read(original, 'function');
  if (typeof inner !== 'object' || inner === null)
    return cloneWith(original, { function: supervised });
  return cloneWith(original, { function: cloneWith(inner, { function: supervised }) });
}

function superviseCallback(parts: Answering, tool: ForeignTool): (...args: unknown[]) => unknown {
  const { callback, name } = tool;
  const isText = tool.takes === 'json-text';
  async function supervised(this: unknown, given: unknown, ...rest: readonly unknown[]) {
    const link = linkUntilStarted(signalOf(rest[0]));
    const args = isText ? checkArgs(parts.desk, tool, String(given)) : { value: given };
    // the runner does not say which call this is, so there is no claim
    const request = toRequest({ ...parts, thread: undefined }, link.signal)('');
    try {
      const outcome = await parts.hypervisor.submit({ tool: name, args, ...request }, (judged) => {
        link.cut();
        const run = isText ? toJsonText(judged, String(given)) : judged;
        return Reflect.apply(callback, this, [run, ...rest]);
      });
      return toResult(name, outcome);
    } finally {
      link.cut();
    }
  }
  // a tool without a name of its own is called after its function
  return Object.defineProperty(supervised, 'name', { value: callback.name });
}

function toResult(name: string, outcome: Outcome<unknown>): unknown {
  if (outcome.status === 'done') return outcome.value;
  if (outcome.status === 'failed') throw outcome.error;
  return toAnswer(name, outcome).text;
}

/** The runner hands itself to the callback. */
function signalOf(runner: unknown): AbortSignal | undefined {
  const signal = read(read(runner, 'controller'), 'signal');
  return signal instanceof AbortSignal ? signal : undefined;
}
