import { z } from 'zod';
import type { Agent, PastCall, ToolCall } from '../core/model/call.ts';
import type { OutcomeStatus, Verdict } from '../core/model/decision.ts';
import {
  isJsonArray,
  isJsonObject,
  toText,
  type Json,
  type JsonObject,
} from '../core/model/json.ts';
import type { EntryBody } from '../core/model/ports.ts';
import type { Ring } from '../core/model/tool.ts';
import type { RecordedCall, Ruling } from '../core/rules/simulate.ts';
import type { KnownTool } from './recorded-tools.ts';

export function isPutBack(type: string): boolean {
  return type === 'rollout.reverted' || type === 'rollout.lifted';
}

/** The rollouts that are put back once this entry of the log is read, by the hashes of their rules. */
export function revertedAfter(before: ReadonlySet<string>, body: EntryBody): ReadonlySet<string> {
  const ruleHash = toText(body['ruleHash']);
  const others = [...before].filter((each) => each !== ruleHash);
  return new Set(body.type === 'rollout.reverted' ? [...others, ruleHash] : others);
}

/** A call that was decided, until it ends. */
export interface Started {
  readonly known: KnownTool;
  readonly past: Omit<PastCall, 'status'>;
}

export function toPast(body: EntryBody): Started['past'] {
  const { call, tool, action, verdict } = body;
  return {
    callId: toText(call),
    tool: toText(tool),
    action: toText(action),
    verdict: verdictOf(verdict),
  };
}

/** What cannot be read may have happened. */
export function statusOf(status: Json | undefined): OutcomeStatus {
  return statuses.find((each) => each === status) ?? 'unknown';
}
const statuses = ['done', 'failed', 'refused', 'pending', 'released', 'unknown'] as const;

type Said = Pick<RecordedCall, 'recorded' | 'others' | 'judgeAllowed'>;

/**
 * What the rules alone said. They are asked first and a tie is theirs, so where something else asked for a person
 * they had allowed the call; where something else denied it, nobody knows. Where a judge spoke, the entry tells.
 */
export function readRuling(body: EntryBody): Said {
  const { by, code, rule } = body;
  const said = verdictOf(body['verdict']);
  const isOfLimits = by === 'limits' && code === 'LIMIT_EXCEEDED';
  const isOfRules = by === 'rules' || isOfLimits;
  const ruled = readRuled(body);
  // a limit is one of the rules, which would have stopped what they let through
  if (ruled !== undefined && (!isOfLimits || ruled.verdict === 'deny')) {
    if (by === 'rules' && ruled.verdict === said) return { recorded: ruled };
    return { recorded: ruled, others: said, judgeAllowed: by === 'judge' && said === 'allow' };
  }
  const named = typeof rule === 'string' ? rule : undefined;
  if (isOfRules) return { recorded: { verdict: said, rule: named, code: toText(code) } };
  // entries of earlier versions do not tell what the judge spoke for
  const isForRule = by === 'judge' && named !== undefined;
  if (said !== 'review' || isForRule) return { others: said };
  return { recorded: { verdict: 'allow', rule: undefined, code: 'NOT_RECORDED' }, others: said };
}

export function readRuled({ judge = null }: EntryBody): Ruling | undefined {
  const ruled = isJsonObject(judge) ? judge['ruled'] : undefined;
  if (!isJsonObject(ruled)) return undefined;
  const { rule } = ruled;
  const named = typeof rule === 'string' ? rule : undefined;
  return { verdict: verdictOf(ruled['verdict']), rule: named, code: toText(ruled['code']) };
}

const limitsSchema = z.array(
  z.object({ key: z.string(), amount: z.number(), untilMs: z.number() }),
);

export function readLimits(text: string | undefined): z.output<typeof limitsSchema> {
  if (text === undefined) return [];
  return limitsSchema.safeParse(JSON.parse(text)).data ?? [];
}

function verdictOf(verdict: Json | undefined): Verdict {
  return verdict === 'allow' || verdict === 'review' ? verdict : 'deny';
}

export function toRing(ring: Json | undefined): Ring {
  return ring === 0 || ring === 1 || ring === 2 ? ring : 3;
}

/** Undefined where the vault has no arguments that can be read. */
export function toCall(
  body: EntryBody,
  values: { readonly [name: string]: string },
  { definition }: KnownTool,
): ToolCall | undefined {
  const preimage = parsePreimage(values['call'] ?? '');
  const args = preimage?.['args'];
  if (args === undefined) return undefined;
  const id = toText(body['call']);
  return {
    id,
    tool: toText(body['tool']),
    action: toText(body['action']),
    definition,
    args,
    seat: {
      agent: toAgent(body),
      session: { kind: 'session', id: toText(body['session']), ...lifeless },
    },
    fingerprint: id,
  };
}

/** Without permissions where the record does not tell them, nor then for whom the agent worked. */
function toAgent({ agent, roles, permissions, root }: EntryBody): Agent {
  const named = { kind: 'agent', id: toText(agent), roles: toTexts(roles) } as const;
  const told = permissions === undefined ? {} : { permissions: toTexts(permissions) };
  if (typeof root !== 'string') return { ...named, ...told };
  return { ...named, ...told, parent: { kind: 'agent', id: root, roles: [] } };
}

function toTexts(list: Json | undefined): readonly string[] {
  return isJsonArray(list) ? list.map(toText) : [];
}

function parsePreimage(text: string): JsonObject | undefined {
  if (text === '') return undefined;
  const value: Json = JSON.parse(text); // its frame fits, so it is what was written
  return isJsonObject(value) ? value : undefined;
}

/** Results and texts are kept as JSON; rules look into the text that a session saw. */
export function toPlain(canonical: string): string {
  const value: Json = JSON.parse(canonical);
  return typeof value === 'string' ? value : canonical;
}

const gone = (): Promise<never> => Promise.reject(new Error('a recorded session takes no part'));
/** What a session of the past can do: nothing. */
export const lifeless = { observe: () => undefined, join: gone, end: gone } as const;
