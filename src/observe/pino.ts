import type { Logger } from 'pino';
import { toText, type Json, type JsonObject } from '../core/model/json.ts';

/** What is listened to: a hypervisor, or anything with its events. */
export interface EventSource {
  readonly events: { on(name: string, listener: (event: JsonObject) => void): () => void };
}

/** What is written to: pino's own logger, or one with the same four methods. */
export type LineWriter = {
  readonly [level in Level]: (fields: JsonObject, message: string) => void;
};

type Level = 'debug' | 'info' | 'warn' | 'error';

/** What somebody must act on is an error, what somebody should know of a warning; what happens all day is debug. */
const levels: { readonly [event: string]: Level } = {
  'approval.answered': 'info',
  'approval.opened': 'info',
  'approval.summarized': 'debug',
  'approval.unsummarized': 'warn',
  'audit.recovered': 'warn',
  'audit.unavailable': 'error',
  'calibration.activated': 'warn',
  'calibration.rejected': 'error',
  'call.decided': 'debug',
  'call.finished': 'debug',
  'call.refused': 'info',
  'call.started': 'debug',
  'control.unavailable': 'warn',
  'judge.answered': 'debug',
  'judge.canary': 'debug',
  'judge.canary_failed': 'error',
  'judge.disagreed': 'warn',
  'judge.drifted': 'warn',
  'judge.failed': 'warn',
  'judge.pause_unkept': 'error',
  'judge.paused': 'warn',
  'judge.resumed': 'info',
  'judge.trust_restored': 'warn',
  'judge.unhealthy': 'error',
  'pipeline.failed': 'error',
  'policy.activated': 'warn',
  'policy.rejected': 'error',
  'prompts.activated': 'info',
  'prompts.recovered': 'info',
  'prompts.rejected': 'error',
  'prompts.unwatched': 'error',
  'rollout.lifted': 'warn',
  'rollout.revert_failed': 'error',
  'rollout.reverted': 'error',
  'rules.activated': 'info',
  'rules.expired': 'warn',
  'rules.counted': 'debug',
  'rules.held': 'warn',
  'rules.history_broken': 'error',
  'rules.hold_expired': 'error',
  'rules.loosened': 'warn',
  'rules.pinned': 'warn',
  'rules.rejected': 'error',
  'rules.unwatched': 'error',
  'security.agent_killed': 'warn',
  'security.revived': 'warn',
  'snapshot.failed': 'error',
  'tool.undeclared': 'warn',
};

/** Fields that are names, codes, times and numbers. Everything else may hold what an agent or a file wrote. */
const fields: ReadonlySet<string> = new Set(
  `action added agent approval author by callId case changed code costMicros file from latencyMs loosened model person pointer rateBefore rateNow removed reason ring rule
  rulesVersion scope seq session stage status tier time to tool type until untilMs verdict version via waiting`.split(
    /\s+/,
  ),
);

/** Characters of a field that are written. */
const maxText = 512;

/**
 * Writes every event as a line, until the answer is called. Arguments, results and texts of errors are never written.
 * Without a logger, pino is loaded and writes JSON lines to stdout.
 */
export async function logToPino(
  source: EventSource,
  logger?: LineWriter | Logger,
): Promise<() => void> {
  const writer: LineWriter = logger ?? (await openPino());
  return source.events.on('*', (event) => writeLine(writer, event));
}

/** The level of an event: as listed, else by its last word, since a new event must not go unseen. */
export function levelOf(name: string): Level {
  const listed = Object.hasOwn(levels, name) ? levels[name] : undefined;
  if (listed !== undefined) return listed;
  if (/[._](?:failed|broken|rejected|unavailable)$/.test(name)) return 'error';
  if (/^security\.|[._](?:killed|quarantined|loosened|breached)$/.test(name)) return 'warn';
  return 'info';
}

/**
 * Writes warnings and errors to stderr, so that a hypervisor which nobody listens to is not silent about trouble.
 * pino is loaded with the first of them.
 */
export function logTrouble(source: EventSource): () => void {
  let writer: Promise<LineWriter> | undefined;
  return source.events.on('*', (event) => {
    const level = levelOf(toText(event['name']));
    if (level !== 'warn' && level !== 'error') return;
    writer ??= openPino(2);
    // a log that cannot be written is no reason to stop anything
    writer.then((opened) => writeLine(opened, event)).catch(() => undefined);
  });
}

function writeLine(writer: LineWriter, event: JsonObject): void {
  const name = toText(event['name']) || 'unknown';
  writer[levelOf(name)]({ event: name, ...pickFields(event) }, name);
}

/** Default: to stdout (1); 2 is stderr. */
async function openPino(fd: 1 | 2 = 1): Promise<Logger> {
  // loaded here: a program that logs otherwise does not pay for it
  const { pino } = await import('pino');
  return pino({ name: 'ringfence' }, pino.destination({ fd, sync: true }));
}

function pickFields(event: JsonObject): JsonObject {
  const picked: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(event)) {
    if (fields.has(key)) picked[key] = shorten(value);
  }
  return picked;
}

function shorten(value: Json): Json {
  if (typeof value === 'string') return value.slice(0, maxText);
  if (typeof value !== 'object' || value === null) return value;
  return JSON.stringify(value).slice(0, maxText);
}
