import { isDeepStrictEqual } from 'node:util';
import { parseJson, type Json, type Outcome, type RunIo, type SubmitRequest } from 'ringfence/spi';
import type { Answering } from './guard-parts.ts';
import type { ForeignTool } from './foreign-tool.ts';
import { tryParse } from './json.ts';
import type { ToolDesk } from './tool-desk.ts';
import { toJson, type WireCall } from './wire-call.ts';

/** Runs the tool's function on the arguments that were judged. */
export function executeOn(
  tool: ForeignTool,
  args: Json,
  io: RunIo | undefined,
  text?: string,
): unknown {
  const given = tool.takes === 'json-text' ? toJsonText(args, text) : args;
  return tool.execute(given, io);
}

/** The text as it came, where it says just what was judged; otherwise what was judged, as JSON. */
export function toJsonText(args: Json, text: string | undefined): string {
  if (text === undefined) return JSON.stringify(args);
  const isEmpty = text.trim() === '' && isDeepStrictEqual(args, {});
  return isEmpty || isDeepStrictEqual(tryParse(text), args) ? text : JSON.stringify(args);
}

/** Submits one call, parsed by the tool itself where it has a parser; the outcome is whatever the core says. */
export async function runCall(
  parts: Answering,
  tool: ForeignTool | undefined,
  call: WireCall,
  request: Pick<SubmitRequest, 'seat' | 'claim' | 'signal' | 'waitMs'>,
): Promise<Outcome<unknown>> {
  const { hypervisor } = parts;
  if (tool === undefined) {
    // a tool that only others may run: it is not ours to execute, and the attempt is logged
    const args = {
      invalid: 'there is no function of this name; call one of the tools you were given',
    };
    const known = hypervisor.tools.find(call.name) !== undefined;
    return hypervisor.submit(
      { tool: call.name, args: known ? args : { json: '{}' }, ...request },
      stay,
    );
  }
  const args = await parseArgs(parts, tool, call);
  return hypervisor.submit({ tool: tool.name, args, ...request }, (judged, io) =>
    executeOn(tool, judged, io, call.text),
  );
}

async function parseArgs(
  { desk }: Answering,
  tool: ForeignTool,
  call: WireCall,
): Promise<SubmitRequest['args']> {
  if (call.kind === 'custom' || tool.input === 'text') {
    const isSame = call.kind === 'custom' && tool.input === 'text';
    return isSame
      ? { text: call.text }
      : { invalid: 'the tool is called in the way of another kind of tool' };
  }
  const args = checkArgs(desk, tool, call.text);
  // what is not strict JSON never reaches a parser that may be more lenient
  if (tool.parse === undefined || !('json' in args) || !parseJson(args.json).ok) return args;
  try {
    return { value: await tool.parse(call.text) };
  } catch {
    return { invalid: 'the parser of the tool refused the arguments' };
  }
}

/** The JSON text, or what the tool's schema finds wrong with it. What is not strict JSON is for the core to refuse: it says where. */
export function checkArgs(desk: ToolDesk, tool: ForeignTool, text: string): SubmitRequest['args'] {
  const json = toJson(text);
  const parsed = parseJson(json);
  const mismatch = parsed.ok ? desk.findMismatch(tool, parsed.value) : undefined;
  return mismatch === undefined
    ? { json }
    : { invalid: `they do not match the schema: ${mismatch}` };
}

function stay(): never {
  throw new Error('a call without a function was allowed; it must not be');
}
