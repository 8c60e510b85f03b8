import { join } from 'node:path';
import { isJsonArray, toText } from '../core/model/json.ts';
import type { EntryBody } from '../core/model/ports.ts';
import { lexicalPath } from '../core/rules/path-text.ts';
import type { RecordedCall } from '../core/rules/simulate.ts';
import { openLogScan, type LogDamage } from './log-scan.ts';
import { newCounts, type RecordedCounts } from './recorded-counts.ts';
import {
  isPutBack,
  readLimits,
  readRuled,
  readRuling,
  revertedAfter,
  statusOf,
  toCall,
  toPast,
  toPlain,
  toRing,
  type Started,
} from './recorded-entries.ts';
import { createRecordedSessions } from './recorded-sessions.ts';
import { createRecordedTools } from './recorded-tools.ts';
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
