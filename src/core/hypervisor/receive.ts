import { z } from 'zod';
import type { Claim, Seat, ToolCall } from '../model/call.ts';
import type { Deny } from '../model/decision.ts';
import { SupervisionError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import { canonicalName } from '../model/names.ts';
import { parseJson } from '../model/parse-json.ts';
import { canonicalJson, sealJson, sha256Hex, type SealedJson } from '../model/seal-json.ts';
import { isZod } from './json-schema.ts';
import type { Tool, ToolRegistry } from './tool-registry.ts';

/** How arguments arrive: as JSON text, as one raw string, or as a value to copy; `invalid`: the tool's own parser refused them. */
export type RawArgs =
  | { readonly json: string }
  | { readonly text: string }
  | { readonly value: unknown }
  /** Why, without the arguments themselves: it goes into the log. */
  | { readonly invalid: string };

export interface CallRequest {
  readonly tool: string;
  readonly args: RawArgs;
  readonly seat: Seat;
  readonly claim?: Claim;
}

/** A call with what belongs to it; `fault` where the request could not be made into a sound call. */
export interface Received {
  readonly call: ToolCall;
  readonly tool: Tool | undefined;
  /** The canonical JSON whose SHA-256 is the fingerprint. */
  readonly preimage: string;
  readonly fault: Deny | undefined;
}

/** Parses the arguments once, strictly; what comes out is copied, frozen and fingerprinted. Never throws for bad input. */
export async function receive(
  request: CallRequest,
  id: string,
  tools: ToolRegistry,
): Promise<Received> {
  const tool = tools.find(request.tool);
  if (tool === undefined) return faulty(request, id, undefined, unknownTool(request.tool));
  if (!isSoundClaim(request.claim)) return faulty(request, id, tool, unsoundClaim(tool));
  try {
    const parsing = parseArgs(tool, request.args);
    // awaiting costs a turn: only schemas with asynchronous parts do
    const sealed = parsing instanceof Promise ? await parsing : parsing;
    const action = tool.actionOf(sealed.value);
    return toCall(request, { id, tool, action, args: sealed });
  } catch (error) {
    return faulty(request, id, tool, toDeny(tool, error));
  }
}

interface Parts {
  readonly id: string;
  readonly tool: Tool;
  readonly action: string;
  readonly args: SealedJson;
}

function toCall(
  { seat, claim }: Pick<CallRequest, 'seat' | 'claim'>,
  { id, tool, action, args }: Parts,
): Received {
  const preimage = toPreimage(tool, action, args.canonical, seat);
  const call: ToolCall = Object.freeze({
    id,
    tool: tool.name,
    action,
    definition: tool.digest,
    args: args.value,
    seat,
    ...(claim === undefined ? {} : { claim: pickClaim(claim) }),
    fingerprint: sha256Hex(preimage),
  });
  return { call, tool, preimage, fault: undefined };
}

/**
 * The same call with other arguments, as a filter rewrote them: another fingerprint, to be judged again. Throws for what
 * the tool's schema does not take just as it is: the tool would get what nobody promised it.
 */
export async function rewriteArgs(received: Received, args: SealedJson): Promise<Received> {
  const { call, tool } = received;
  if (tool === undefined) return received;
  const parsed = await parseArgs(tool, { value: args.value });
  if (parsed.canonical !== args.canonical)
    throw new SupervisionError('ARGS_INVALID', 'the schema would change the arguments once more');
  return toCall(call, { id: call.id, tool, action: tool.actionOf(args.value), args });
}

/** A call from stored parts, for redemption: nothing is parsed or transformed again. */
export function restoreCall(
  parts: { readonly id: string; readonly action: string; readonly args: Json },
  tool: Tool,
  seat: Seat,
): Received {
  return toCall({ seat }, { id: parts.id, tool, action: parts.action, args: sealJson(parts.args) });
}

// RFC 8785 by hand: the keys stand in order and the arguments are canonical already
function toPreimage(tool: Tool, action: string, args: string, { agent, session }: Seat): string {
  const text = canonicalJson;
  return `{"action":${text(action)},"agent":${text(agent.id)},"args":${args},"definition":"${tool.digest}","session":${text(session.id)},"tool":${text(tool.name)}}`;
}

function parseArgs(tool: Tool, args: RawArgs): SealedJson | Promise<SealedJson> {
  const value = readArgs(args);
  const { schema } = tool.definition;
  if (!isZod(schema)) return sealJson(value);
  try {
    return sealParsed(schema.safeParse(value));
  } catch (error) {
    if (!(error instanceof z.core.$ZodAsyncError)) throw error;
    return schema.safeParseAsync(value).then(sealParsed);
  }
}

/** The arguments before any schema has seen them; throws what is wrong with them. */
export function readArgs(args: RawArgs): unknown {
  if ('text' in args) return args.text;
  if ('value' in args) return args.value;
  if ('invalid' in args) throw new SupervisionError('ARGS_INVALID', args.invalid);
  const parsed = parseJson(args.json);
  if (parsed.ok) return parsed.value;
  const { message, position, pointer } = parsed.problem;
  const code = parsed.tooLarge === true ? 'ARGS_TOO_LARGE' : 'ARGS_INVALID';
  const place = `line ${position.line}, column ${position.column}${pointer && `, at \`${pointer}\``}`;
  throw new SupervisionError(code, `the arguments are not strict JSON: ${message} (${place})`);
}

function sealParsed(parsed: z.ZodSafeParseResult<unknown>): SealedJson {
  if (parsed.success) return sealJson(parsed.data);
  const issues = parsed.error.issues.slice(0, 3).map(({ path, message }) => {
    return path.length === 0 ? message : `\`${path.map(String).join('.')}\`: ${message}`;
  });
  throw new SupervisionError(
    'ARGS_INVALID',
    `the arguments do not match the schema: ${issues.join('; ')}`,
  );
}

const claimKeys = ['adapter', 'thread', 'task', 'id'] as const;
const maxClaimChars = 512;

/** It goes into the log as it is, so it must be what it says: four short texts, and perhaps a time. */
function isSoundClaim(claim: Claim | undefined): boolean {
  if (claim === undefined) return true;
  if (claim.turnMs !== undefined && !Number.isSafeInteger(claim.turnMs)) return false;
  const texts: readonly unknown[] = claimKeys.map((key) => claim[key]);
  return texts.every((text) => {
    return typeof text === 'string' && text.length <= maxClaimChars && text.isWellFormed();
  });
}

function unsoundClaim(tool: Tool): Deny {
  const what = `a claim is ${claimKeys.join(', ')}, each a text of at most ${maxClaimChars} characters, and \`turnMs\` a whole number`;
  return deny('ARGS_INVALID', `\`${tool.name}\`: ${what}; mend the adapter`);
}

function pickClaim({ adapter, thread, task, id, turnMs }: Claim): Claim {
  return Object.freeze({ adapter, thread, task, id, ...(turnMs === undefined ? {} : { turnMs }) });
}

function unknownTool(name: string): Deny {
  try {
    canonicalName('tool', name);
  } catch (error) {
    if (!(error instanceof SupervisionError)) throw error;
    return deny('UNKNOWN_TOOL', `there is no such tool: ${error.message}`);
  }
  return deny(
    'UNKNOWN_TOOL',
    'no tool of this name is registered; call one of the tools you were given',
  );
}

function toDeny(tool: Tool, error: unknown): Deny {
  if (error instanceof SupervisionError)
    return deny(error.code, `\`${tool.name}\`: ${error.message}`);
  // a schema or an action function of the host threw: its text may hold arguments
  return deny(
    'ARGS_INVALID',
    `\`${tool.name}\`: its schema or action threw an error on these arguments`,
  );
}

function deny(code: Deny['code'], reason: string): Deny {
  return { verdict: 'deny', by: 'call', code, reason };
}

/** Stands for the request in gates, counters and log; it has no arguments and never reaches a tool. */
function faulty(request: CallRequest, id: string, tool: Tool | undefined, fault: Deny): Received {
  const { seat } = request;
  const name = tool?.name ?? '(unknown)';
  const call = { id, tool: name, action: 'run', definition: '', args: null, seat, fingerprint: '' };
  return { call: Object.freeze(call), tool, preimage: '', fault };
}
