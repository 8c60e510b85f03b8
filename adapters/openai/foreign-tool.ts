import { SupervisionError, type Json, type RunIo } from 'ringfence/spi';
import { originalOf } from './brand.ts';
import { isFunction, read, readText, type ForeignFunction } from './reflect.ts';

/** A tool as openai's users write it, whatever its shape. */
export interface ForeignTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema, as the API gets it. */
  readonly parameters: Json | undefined;
  /** `text`: a custom tool, whose input is one raw string. */
  readonly input: 'json' | 'text';
  /** The tool's own parser of the JSON text. */
  readonly parse: ((text: string) => unknown) | undefined;
  /** Without a parser, `runTools` hands a function the JSON text; a plain map of functions gets the value. */
  readonly takes: 'value' | 'json-text';
  /** Takes the arguments and, where the tool is a plain function, the call's signal and idempotency key. */
  readonly execute: ForeignFunction;
  /** What the runner calls. */
  readonly callback: ForeignFunction;
}

/** Takes the judged arguments, in the type that its author gave them, and the call's signal and idempotency key. */
export type ToolFunction = (args: never, io: RunIo) => unknown;

/** A function by its name, or the list that `runTools` takes: `zodFunction(…)`, `{ type: 'function', function: {…} }` … */
export type ForeignTools = readonly object[] | { readonly [name: string]: ToolFunction };

/** The tools that have a function; what runs on the provider's side has none. */
export function readTools(tools: ForeignTools): readonly ForeignTool[] {
  if (isList(tools))
    return tools
      .map(originalOf)
      .map(readTool)
      .filter((tool) => tool !== undefined);
  return Object.entries(tools).map(([name, execute]) => readPlain(name, execute));
}

// Array.isArray does not narrow a readonly array away from the rest of a union
function isList(tools: ForeignTools): tools is readonly object[] {
  return Array.isArray(tools);
}

function readPlain(name: string, execute: unknown): ForeignTool {
  if (!isFunction(execute)) throw invalid(name, 'is not a function; pass one, or a list of tools');
  const nothing = { description: '', parameters: undefined, parse: undefined };
  return { name, ...nothing, input: 'json', takes: 'value', execute, callback: execute };
}

/** Undefined for a tool without a function. Throws `TOOL_INVALID` for one that has no name. */
export function readTool(tool: object): ForeignTool | undefined {
  const type = readText(tool, 'type');
  if (type !== 'function' && type !== 'custom') return undefined;
  // chat completions nest the definition under its type, responses do not
  const nested = read(tool, type);
  const definition = typeof nested === 'object' && nested !== null ? nested : tool;
  const callback =
    read(tool, '$callback') ?? read(definition, 'function') ?? read(tool, 'function');
  if (!isFunction(callback)) return undefined;
  const name = readText(definition, 'name') ?? callback.name;
  if (name === '') throw invalid('', 'has a function and no name; give it one');
  const parse = read(tool, '$parseRaw') ?? read(definition, 'parse');
  return {
    name,
    description: readText(definition, 'description') ?? '',
    parameters: toJson(read(definition, type === 'custom' ? 'format' : 'parameters')),
    input: type === 'custom' ? 'text' : 'json',
    parse: isFunction(parse) ? (text) => Reflect.apply(parse, definition, [text]) : undefined,
    takes: isFunction(parse) || type === 'custom' ? 'value' : 'json-text',
    // its second parameter, if any, is the runner's
    execute: (args) => Reflect.apply(callback, definition, [args]),
    callback,
  };
}

/** What goes over the wire, which is what the model knows of the tool. */
function toJson(value: unknown): Json | undefined {
  if (value === undefined) return undefined;
  const json: Json = JSON.parse(JSON.stringify(value));
  return json;
}

function invalid(name: string, what: string): SupervisionError {
  return new SupervisionError('TOOL_INVALID', `tool \`${name}\` ${what}`);
}
