import type { Deny } from '../model/decision.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import { toText } from '../model/json.ts';
import type { StateGate } from '../gates/state-gate.ts';
import { createStateGate } from '../gates/state-gate.ts';
import type { SessionMemory } from '../sessions/session-memory.ts';
import type { Recorder } from '../audit/recorder.ts';
import type { ToolCall } from '../model/call.ts';
import type { Clock, Counters, EntryBody, Ids, Journal, Linked } from '../model/ports.ts';
import { bounded } from './bounded.ts';
import type { Events } from './events.ts';
import { toolEntry } from './entries.ts';
import { createRefusalCounts } from './refusal-counts.ts';
import type { Ending, Ledger } from './ride.ts';
import type { Tool } from './tool-registry.ts';

/** The ledger, with what the hypervisor does about a log that cannot be written. */
export interface OpenLedger extends Ledger {
  /** Denies everything while the log is down, and an agent while an outcome of it is not written. */
  readonly gates: readonly StateGate[];
  readonly problems: readonly string[];
  /** What the user said, for whoever asks later what the session knew; nothing waits for it. */
  observed(session: string, text: string): void;
  /** Any other entry that must be durable before going on. */
  readonly journal: Journal;
  /** Writes what is still counted or kept, and tries no more after that: part of closing. */
  flush(): Promise<void>;
}

export interface LedgerOptions {
  readonly recorder: Recorder;
  /** Opens log and vault again after a failed write; the calls whose end was kept, though nobody was told. */
  readonly reopen: () => Promise<ReadonlySet<string>>;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly events: Events;
  readonly memoryOf: (call: ToolCall) => SessionMemory;
  /** What is registered under a name. */
  readonly toolOf: (name: string) => Tool | undefined;
  /** Into the session's memory: that the call was made, and what came of it. */
  readonly remember: (ending: Ending) => Promise<void>;
  /** How long an outcome may take to be counted, and to be written before its agent is held (milliseconds). */
  readonly writeTimeoutMs: number;
}

/** Of the id of a vault record, to tell those of one call apart. */
const uniqueDigits = 12;
/** As much as a session remembers of one text. */
const maxSaidChars = 262_144;
const firstRetryMs = 100;
const lastRetryMs = 10_000;

interface Unwritten {
  readonly agent: string;
  readonly call: string;
  write(): Promise<unknown>;
}

export function createLedger(options: LedgerOptions): OpenLedger {
  const { recorder, clock, events, writeTimeoutMs } = options;
  const unwritten: Unwritten[] = [];
  const ended = new Set<string>();
  let downSince: number | undefined;
  let retryMs = firstRetryMs;
  let cancelRetry: (() => void) | undefined;
  let retrying: Promise<void> | undefined;
  let isClosed = false;

  const counts = createRefusalCounts(clock, (body) => {
    if (downSince !== undefined) return;
    recorder.record(body, undefined, { durable: false }).catch(goDown);
  });

  const goDown = (): void => {
    if (downSince !== undefined) return;
    downSince = clock.nowMs();
    events.emit('audit.unavailable', { time: downSince });
    retryMs = firstRetryMs;
    scheduleRetry();
  };
  const scheduleRetry = (): void => {
    // the folder may have another owner by then
    if (isClosed) return;
    cancelRetry?.();
    cancelRetry = clock.after(retryMs, () => void retry());
    retryMs = Math.min(retryMs * 2, lastRetryMs);
  };
  /** Opens the log again and writes the outcomes that were kept, in their order; then the calls may go on. */
  const recover = async (): Promise<void> => {
    try {
      for (const call of await options.reopen()) ended.add(call);
      for (let next = unwritten[0]; next !== undefined; next = unwritten[0]) {
        if (!ended.has(next.call)) await next.write();
        unwritten.shift();
      }
      downSince = undefined;
      ended.clear();
      events.emit('audit.recovered', { time: clock.nowMs() });
    } catch {
      scheduleRetry();
    }
  };
  /** One at a time: two would write the same outcome twice, and let go of another. */
  const retry = (): Promise<void> => {
    retrying ??= recover().finally(() => {
      retrying = undefined;
    });
    return retrying;
  };
  const write = async (...args: Parameters<Recorder['record']>): Promise<Linked> => {
    try {
      return await recorder.record(...args);
    } catch (error) {
      goDown();
      throw error;
    }
  };

  /** Undefined when it is written; else what writes it later: a write that hangs is waited for and not repeated. */
  const tryToWrite = async (
    put: () => Promise<unknown>,
  ): Promise<(() => Promise<unknown>) | undefined> => {
    const writing = put();
    const written = await bounded(() => writing, { ms: writeTimeoutMs, clock });
    if (written.kind === 'value') return undefined;
    return written.kind === 'timeout' ? () => writing.catch(put) : put;
  };

  /** A call may be judged more than once, and each entry keeps its own salt and values. */
  const vaultId = (call: string): string => `${call}.${options.ids.id().slice(-uniqueDigits)}`;

  const described = new Set<string>();
  /** Once a process, before the first decision about a tool: what it was, so that the log can be judged by itself. */
  const describeTool = (entry: EntryBody): void => {
    const tool = options.toolOf(toText(entry['tool']));
    if (tool === undefined || described.has(tool.digest) || downSince !== undefined) return;
    described.add(tool.digest);
    const forget = (): void => void described.delete(tool.digest);
    write(toolEntry(tool, clock.nowMs()), undefined, { durable: false }).catch(forget);
  };

  const logGate = createStateGate('log', ({ seat }) => {
    if (downSince !== undefined)
      return toDeny('LOG_UNAVAILABLE', 'the action log cannot be written, so nothing runs');
    if (unwritten.length === 0 || !unwritten.some(({ agent }) => agent === seat.agent.id))
      return undefined;
    return toDeny(
      'AGENT_HELD',
      'an earlier outcome of this agent is not in the log yet; try again',
    );
  });

  return {
    gates: [logGate],
    get problems() {
      if (downSince === undefined) return [];
      return [
        `the action log cannot be written since ${new Date(downSince).toISOString()}; calls are denied`,
      ];
    },
    journal: (body) => write(body),
    observed(session, text) {
      if (downSince !== undefined) return;
      const entry = { type: 'session.observed', time: clock.nowMs(), session, role: 'user' };
      const secrets = {
        id: `said.${options.ids.id()}`,
        values: { text: canonicalJson(text.slice(0, maxSaidChars)) },
      };
      write(entry, secrets, { durable: false }).catch(() => undefined); // it is down now, and says so
    },
    async decided(entry, preimage, limits = []) {
      const { call } = entry;
      const values = { call: preimage };
      describeTool(entry);
      const taken = limits.length === 0 ? {} : { limits: canonicalJson(limits) };
      await write(entry, { id: vaultId(toText(call)), values: { ...values, ...taken } });
      if (events.hears('call.decided')) events.emit('call.decided', entry);
    },
    async refused({ call, preimage }, entry, why) {
      if (events.hears('call.refused')) {
        events.emit('call.refused', { ...entry, reason: why.reason });
      }
      if (why.code === 'RATE_LIMITED' || counts.isRepeat(call, why)) return counts.add(call, why);
      options.memoryOf(call).recordCall(toPast(call, why));
      if (downSince !== undefined) return;
      const isJudged = entry.type === 'call.decided' && preimage !== '';
      const secrets = isJudged ? { id: vaultId(call.id), values: { call: preimage } } : undefined;
      if (isJudged) describeTool(entry);
      // the refusal stands whether or not it could be written; nothing waits for the disk, nor for a log that hangs
      const put = (): Promise<unknown> => write(entry, secrets, { durable: false });
      await bounded(put, { ms: writeTimeoutMs, clock });
    },
    async finished(ending) {
      await options.remember(ending);
      const { received, entry, result, reservation } = ending;
      const { call, tool } = received;
      // what is not committed stays reserved, and counts all the same
      if (reservation !== undefined)
        await bounded(() => options.counters.commit(reservation), { ms: writeTimeoutMs, clock });
      const secrets =
        result === undefined
          ? undefined
          : { id: vaultId(call.id), values: { result: result.canonical } };
      const durable = tool?.manifest.effect !== 'read';
      const put = (): Promise<unknown> => recorder.record(entry, secrets, { durable });
      const kept = downSince === undefined ? await tryToWrite(put) : put;
      if (kept !== undefined) {
        unwritten.push({ agent: call.seat.agent.id, call: call.id, write: kept });
        goDown();
      }
      const name = `call.${toText(entry['status'])}`;
      if (events.hears(name)) events.emit(name, entry);
    },
    async flush() {
      counts.flush();
      isClosed = true;
      cancelRetry?.();
      if (downSince !== undefined) await bounded(retry, { ms: writeTimeoutMs, clock });
    },
  };
}

function toPast(call: ToolCall, why: Deny) {
  const { id: callId, tool, action } = call;
  return { callId, tool, action, verdict: why.verdict, status: 'refused' } as const;
}

function toDeny(code: Deny['code'], reason: string): Deny {
  return { verdict: 'deny', by: 'log', code, reason };
}
