import { join } from 'node:path';
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
import { lexicalPath } from '../core/rules/path-text.ts';
import type { RecordedCall, Ruling } from '../core/rules/simulate.ts';
import { openLogScan, type LogDamage } from './log-scan.ts';
import { createRecordedSessions } from './recorded-sessions.ts';
import { createRecordedTools, type KnownTool } from './recorded-tools.ts';
import { createSightings, type Sightings } from './sightings.ts';
import type { DeclaredTools } from './tools-file.ts';
import { openVaultScan, type VaultScan } from './vault-scan.ts';

export interface RecordedLogOptions {
  /** The folder of the segments; the vault lies beside it. */
  readonly dir: string;
  /** Milliseconds since 1970, the first one inside, the second outside. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Win over what the log says of tools. */
  readonly tools: DeclaredTools | undefined;
  /** Of calls that were recorded without one. */
  readonly env: string;
  /** Some rule asks what came before its call. */
  readonly asksSessions: boolean;
  readonly onDamage: (damage: LogDamage) => void;
  /** Bytes of the log so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** What stands between the record and a fair comparison: calls, but for the last. */
export interface RecordedCounts {
  /** In the window, decided by rules or after them. */
  calls: number;
  /** Their arguments were erased, or never reached the vault. */
  withoutArguments: number;
  /** Refused by a gate before any rule was asked; their arguments are not kept. */
  refusedBefore: number;
  /** Denied by something else after the rules, and what the rules said is not in the log. */
  deniedElsewhere: number;
  /** Of tools that neither the log nor a tools file describes: taken as undeclared. */
  undeclared: number;
  /** A rule asks what their record does not tell. */
  untold: number;
  /** Entries of calls that came back with an approval: they count as the first time. */
  redeemed: number;
  /** Filters had changed their arguments: they are compared as the filters left them. */
  rewritten: number;
  /** A judge decided otherwise than the rules by themselves, which are compared. */
  judged: number;
  /** Sessions whose past had to be forgotten. */
  forgotten: number;
}

/** Of a record of which nothing was read. */
export function newCounts(): RecordedCounts {
  return {
    calls: 0,
    withoutArguments: 0,
    refusedBefore: 0,
    deniedElsewhere: 0,
    undeclared: 0,
    untold: 0,
    redeemed: 0,
    rewritten: 0,
    judged: 0,
    forgotten: 0,
  };
}

export interface RecordedLog {
  readonly counts: Readonly<RecordedCounts>;
  /** How much of a log there is to read. */
  readonly bytes: number;
  calls(): AsyncGenerator<RecordedCall>;
}

/** Before the window, so that the limits are as full when it begins as they were. */
const warmUpMs = 86_400_000;
/** What rules may be told of an approval that they ask for. */
const approvalMs = 3_600_000;
const maxPending = 10_000;

/** Opens what a data folder recorded, beside its owner: reads only, one pass, in bounded memory. */
export async function openRecordedLog(options: RecordedLogOptions): Promise<RecordedLog> {
  const { dir, sinceMs, untilMs, asksSessions } = options;
  const scan = await openLogScan(dir, { onDamage: options.onDamage, skipsEnds: !asksSessions });
  const vault = openVaultScan(join(dir, '..', 'vault'), { callsOnly: !asksSessions });
  const tools = createRecordedTools(options.tools);
  const sessions = createRecordedSessions();
  const pending = createSightings<true>(maxPending);
  const running = createSightings<Started>(maxPending);
  const counts = newCounts();
  let reverted: ReadonlySet<string> = new Set();

  const decide = async (body: EntryBody): Promise<RecordedCall | undefined> => {
    const values = await takeValues(vault, body);
    const { time } = body;
    const id = toText(body['call']);
    const known = tools.find(toText(body['tool']), toText(body['definition']));
    if (asksSessions) running.add(id, { known, past: toPast(body) });
    if (time < sinceMs - warmUpMs || time >= untilMs) return undefined;
    const isWarmUp = time < sinceMs;
    const again = comesBack(body, pending);
    if (body['verdict'] === 'review') pending.add(id, true);
    if (again && !isWarmUp) counts.redeemed += 1;
    if (again && body['verdict'] !== 'allow') return undefined;
    const call = values === undefined ? undefined : toCall(body, values, known);
    const said = readRuling(body);
    if (!isWarmUp && !again) {
      counts.calls += 1;
      if (call === undefined) counts.withoutArguments += 1;
      else if (!known.isKnown) counts.undeclared += 1;
      if (call !== undefined && isJsonArray(body['rewrote'] ?? null)) counts.rewritten += 1;
      if (call !== undefined && said.recorded === undefined) counts.deniedElsewhere += 1;
      if (call !== undefined && readRuled(body) !== undefined) counts.judged += 1;
    }
    if (call === undefined) return undefined;
    const facts = {
      tool: known.tool,
      ring: toRing(body['ring']),
      env: toText(body['env']) || options.env,
      nowMs: time,
      approvalMs,
      session: sessions.knowledgeOf(call.seat.session.id),
      realPath: lexicalPath,
      reverted,
    };
    return {
      call,
      facts,
      ...said,
      took: readLimits(values?.['limits']),
      isWarmUp,
      redeemed: again,
    };
  };
  /** What a session hears and gets back, for the rules that ask. */
  const remember = async (body: EntryBody): Promise<void> => {
    const values = await takeValues(vault, body);
    if (body.time >= untilMs) return;
    const session = toText(body['session']);
    if (body.type === 'session.observed' && values?.['text'] !== undefined) {
      sessions.heard(session, toPlain(values['text']));
    }
    const started = running.take(toText(body['call']));
    if (body.type === 'call.finished' && started !== undefined) {
      const { known, past } = started;
      const result = values?.['result'];
      const call = { ...past, status: statusOf(body['status']) };
      const text = result === undefined ? undefined : toPlain(result);
      sessions.ended(session, call, { definition: known.tool, atMs: body.time, text });
    }
    counts.forgotten = sessions.forgotten;
  };
  const countRefused = ({ time, count }: EntryBody): void => {
    if (time < sinceMs || time >= untilMs) return;
    counts.refusedBefore += typeof count === 'number' ? count : 1;
  };

  return {
    counts,
    bytes: scan.bytes,
    async *calls() {
      for await (const { entries, bytes } of scan.read()) {
        for (const body of entries) {
          if (body.type === 'call.decided') {
            const call = await decide(body);
            if (call !== undefined) yield call;
          } else if (body.type === 'tool.registered') tools.learn(body);
          else if (body.type === 'call.refused') countRefused(body);
          else if (isPutBack(body.type)) reverted = revertedAfter(reverted, body);
          else if (asksSessions && body['vault'] !== undefined) await remember(body);
        }
        options.onProgress?.(bytes);
      }
    },
  };
}

function isPutBack(type: string): boolean {
  return type === 'rollout.reverted' || type === 'rollout.lifted';
}

/** The rollouts that are put back once this entry of the log is read, by the hashes of their rules. */
function revertedAfter(before: ReadonlySet<string>, body: EntryBody): ReadonlySet<string> {
  const ruleHash = toText(body['ruleHash']);
  const others = [...before].filter((each) => each !== ruleHash);
  return new Set(body.type === 'rollout.reverted' ? [...others, ruleHash] : others);
}

/** A call that was decided, until it ends. */
interface Started {
  readonly known: KnownTool;
  readonly past: Omit<PastCall, 'status'>;
}

function toPast(body: EntryBody): Started['past'] {
  const { call, tool, action, verdict } = body;
  return {
    callId: toText(call),
    tool: toText(tool),
    action: toText(action),
    verdict: verdictOf(verdict),
  };
}

/** What cannot be read may have happened. */
function statusOf(status: Json | undefined): OutcomeStatus {
  return statuses.find((each) => each === status) ?? 'unknown';
}
const statuses = ['done', 'failed', 'refused', 'pending', 'released', 'unknown'] as const;

async function takeValues(vault: VaultScan, body: EntryBody) {
  const id = toText(body['vault']);
  return id === '' ? undefined : vault.take(id);
}

/** A call that a person answered is decided again, under its first id. */
function comesBack(
  { approvals, verdict, call }: EntryBody,
  pending: Pick<Sightings<true>, 'get'>,
): boolean {
  if (!Array.isArray(approvals) || approvals.length === 0) return false;
  return verdict !== 'review' || pending.get(toText(call)) === true;
}

type Said = Pick<RecordedCall, 'recorded' | 'others' | 'judgeAllowed'>;

/**
 * What the rules alone said. They are asked first and a tie is theirs, so where something else asked for a person
 * they had allowed the call; where something else denied it, nobody knows. Where a judge spoke, the entry tells.
 */
function readRuling(body: EntryBody): Said {
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

function readRuled({ judge = null }: EntryBody): Ruling | undefined {
  const ruled = isJsonObject(judge) ? judge['ruled'] : undefined;
  if (!isJsonObject(ruled)) return undefined;
  const { rule } = ruled;
  const named = typeof rule === 'string' ? rule : undefined;
  return { verdict: verdictOf(ruled['verdict']), rule: named, code: toText(ruled['code']) };
}

const limitsSchema = z.array(
  z.object({ key: z.string(), amount: z.number(), untilMs: z.number() }),
);

function readLimits(text: string | undefined): z.output<typeof limitsSchema> {
  if (text === undefined) return [];
  return limitsSchema.safeParse(JSON.parse(text)).data ?? [];
}

function verdictOf(verdict: Json | undefined): Verdict {
  return verdict === 'allow' || verdict === 'review' ? verdict : 'deny';
}

function toRing(ring: Json | undefined): Ring {
  return ring === 0 || ring === 1 || ring === 2 ? ring : 3;
}

/** Undefined where the vault has no arguments that can be read. */
function toCall(
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
function toPlain(canonical: string): string {
  const value: Json = JSON.parse(canonical);
  return typeof value === 'string' ? value : canonical;
}

const gone = (): Promise<never> => Promise.reject(new Error('a recorded session takes no part'));
/** What a session of the past can do: nothing. */
export const lifeless = { observe: () => undefined, join: gone, end: gone } as const;
