import type { RunnableConfig } from '@langchain/core/runnables';
import { isRunnableToolLike } from '@langchain/core/tools';
import { toJsonSchema } from '@langchain/core/utils/json_schema';
import { isInteropZodSchema } from '@langchain/core/utils/types';
import { SupervisionError, type Hypervisor, type Json, type Manifest } from 'ringfence/spi';
import { isRunnable, type AnyTool } from './any-tool.ts';
import { SupervisedRunnable } from './as-tool.ts';
import type { ToolOptions } from './options.ts';
import { createSupervisedRun, type SupervisedRun } from './supervised-run.ts';
import { createToolProxy, type Replaced } from './tool-proxy.ts';

/** Marks a supervised tool for everybody; that it is one of ours is known by the set below alone. */
export const supervisedBrand = Symbol.for('ringfence.supervised');

const supervised = new WeakMap<object, Hypervisor>();

/**
 * The same tool, with its way to the raw one replaced. Registers it; throws `TOOL_INVALID` for what cannot be
 * supervised. A tool that this hypervisor supervises already is given back as it is.
 * @example
 * const safe = superviseTool(refund, hypervisor, { manifest: { effect: 'write', undo: 'none' }, seat });
 */
export function superviseTool<T extends AnyTool>(
  tool: T,
  hypervisor: Hypervisor,
  options: ToolOptions,
): T {
  if (supervised.get(tool) === hypervisor) return tool;
  const { name } = tool;
  register(tool, hypervisor, options);
  const run = createSupervisedRun(name, hypervisor, options);
  const wrapped = createToolProxy(tool, name, replace(tool, run));
  supervised.set(wrapped, hypervisor);
  return wrapped;
}

export interface ToolsOptions extends Omit<ToolOptions, 'manifest' | 'action'> {
  /** By the name of the tool; one that is not here counts as an irreversible write. */
  readonly manifests: { readonly [tool: string]: Manifest };
}

/** All of them, in their order and of their types. */
export function superviseTools<const T extends readonly AnyTool[]>(
  tools: T,
  hypervisor: Hypervisor,
  options: ToolsOptions,
): { -readonly [K in keyof T]: T[K] };
export function superviseTools(
  tools: readonly AnyTool[],
  hypervisor: Hypervisor,
  options: ToolsOptions,
): AnyTool[] {
  const { manifests, ...rest } = options;
  return tools.map((tool) => {
    const manifest = Object.hasOwn(manifests, tool.name) ? manifests[tool.name] : undefined;
    return superviseTool(tool, hypervisor, manifest === undefined ? rest : { ...rest, manifest });
  });
}

function register(tool: AnyTool, hypervisor: Hypervisor, options: ToolOptions): void {
  const { manifest, action } = options;
  hypervisor.tools.register({
    name: tool.name,
    description: tool.description ?? '',
    schema: describeSchema(tool),
    ...(manifest === undefined ? {} : { manifest }),
    ...(action === undefined ? {} : { action }),
  });
}

/** LangChain parses the arguments; ours is only told what they look like. */
function describeSchema({ name, schema }: AnyTool): Json {
  try {
    const described: unknown = isInteropZodSchema(schema) ? toJsonSchema(schema) : (schema ?? null);
    // what it says counts, not the functions and symbols that libraries hang on it
    return JSON.parse(JSON.stringify(described));
  } catch (cause) {
    throw new SupervisionError(
      'TOOL_INVALID',
      `tool \`${name}\`: its schema cannot be written as JSON Schema, so its arguments are no JSON; take a string or number and convert it inside the tool`,
      { cause },
    );
  }
}

/** `_call` and `func`; for `asTool` tools what they are bound to. The constructor's fields hold `func` too. */
function replace(tool: AnyTool, run: SupervisedRun): Replaced {
  const replaced = new Map<PropertyKey, () => unknown>([[supervisedBrand, () => true]]);
  const stand = (key: string, value: unknown): void => void replaced.set(key, () => value);
  if (isRunnableToolLike(tool) && isRunnable(tool.bound)) {
    const { schema, bound } = tool;
    stand('bound', new SupervisedRunnable({ schema, bound }, run));
  } else {
    const entered = ['_call', 'func'].filter((key) => typeof Reflect.get(tool, key) === 'function');
    if (!entered.includes('_call')) throw notRunHere(tool);
    for (const key of entered) stand(key, through(tool, key, run));
  }
  const fields: unknown = Reflect.get(tool, 'lc_kwargs');
  if (typeof fields === 'object' && fields !== null) {
    const safe: { [key: string]: unknown } = { ...fields };
    for (const key of ['func', 'bound']) if (key in safe) safe[key] = replaced.get(key)?.();
    stand('lc_kwargs', safe);
  }
  return replaced;
}

/** One method of the raw tool, entered only by a supervised run and on the raw tool itself. */
function through(tool: AnyTool, key: string, run: SupervisedRun) {
  return (input: unknown, runManager?: unknown, config?: RunnableConfig): Promise<unknown> =>
    run({
      input,
      config,
      // read late: the field may have been assigned since
      enter: (args, given) => enter(tool, key, [args, runManager, given]),
    });
}

function enter(tool: AnyTool, key: string, args: readonly unknown[]): unknown {
  const method: unknown = Reflect.get(tool, key, tool);
  if (typeof method === 'function') return Reflect.apply(method, tool, args);
  throw new SupervisionError('TOOL_INVALID', `tool \`${tool.name}\` has no method \`${key}\` now`);
}

function notRunHere({ name }: AnyTool): SupervisionError {
  return new SupervisionError(
    'TOOL_INVALID',
    `tool \`${name}\` has no \`_call\`: it does not run here (a tool of the provider?), so it cannot be supervised; leave it out`,
  );
}
