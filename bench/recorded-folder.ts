import { createRecorder } from '../src/core/audit/recorder.ts';
import { decidedEntry, finishedEntry, toolEntry } from '../src/core/hypervisor/entries.ts';
import { createToolRegistry } from '../src/core/hypervisor/tool-registry.ts';
import { canonicalJson } from '../src/core/model/canonical-json.ts';
import type { ToolCall } from '../src/core/model/call.ts';
import { noKnowledge } from '../src/core/model/provenance.ts';
import type { RuleSet } from '../src/core/rules/rule-set.ts';
import { openFolder } from '../src/stores/embedded/folder.ts';
import { createRandomIds } from '../src/stores/system/ids.ts';
import { systemClock } from '../src/stores/system/clock.ts';
import { plainCalls, type PlainCall } from './generated-calls.ts';
import { tools as toolNames } from './generated-rules.ts';

export interface RecordedFolderOptions {
  readonly dir: string;
  /** What decided them. */
  readonly set: RuleSet;
  readonly calls: number;
  /** The calls are spread over so many sessions, which go on side by side. */
  readonly sessions: number;
  /** Rules that the calls are made for. */
  readonly ruleCount: number;
}

const manifest = { effect: 'write', undo: 'partial', output: 'trusted' } as const;
const startMs = Date.UTC(2026, 10, 16);
const env = 'production';
/** So many entries wait for one sync. */
const batch = 2000;

/** Writes a data folder as a hypervisor would, by the same drivers and entries; the same options give the same calls. */
export async function writeRecordedFolder(options: RecordedFolderOptions): Promise<void> {
  const { dir, set, calls, sessions, ruleCount } = options;
  const folder = await openFolder({ dir, clock: systemClock });
  const recorder = createRecorder({ ...folder, ids: createRandomIds() });
  const registry = createToolRegistry(() => undefined);
  for (const name of toolNames) {
    const tool = registry.register({ name, description: `The tool ${name}.`, manifest });
    await recorder.record(toolEntry(tool, startMs));
  }
  const plain = plainCalls(ruleCount, 997);
  for (let at = 0; at < calls; at += 1) {
    const { tool: name, ...rest } = plain[at % plain.length] ?? plainCalls(1, 1)[0] ?? missing();
    const tool = registry.find(name) ?? missing();
    // a week of calls, whatever their number
    const nowMs = startMs + Math.floor((at / calls) * 604_800_000);
    const call = toCall({ tool: name, ...rest }, { at, definition: tool.digest, sessions });
    const ring = 2;
    const { definition } = tool;
    const facts = {
      tool: definition,
      ring,
      env,
      nowMs,
      approvalMs: 1,
      session: noKnowledge,
    } as const;
    const decision = set.decide(call, facts);
    const past = { approvals: [], rewrote: [] };
    const entry = decidedEntry(call, decision, { nowMs, ring, env, gates: 'kill,rate,ring' }, past);
    const durable = at % batch === batch - 1;
    const preimage = canonicalJson({ args: call.args, tool: name, session: call.seat.session.id });
    await recorder.record(entry, { id: `${call.id}.d`, values: { call: preimage } }, { durable });
    if (decision.verdict !== 'allow') continue;
    const finished = finishedEntry(call, 'done', { startedMs: nowMs, nowMs });
    const result = canonicalJson({ id: `re_${at}`, ok: true, note: 'x'.repeat(at % 300) });
    await recorder.record(finished, { id: `${call.id}.f`, values: { result } }, { durable: false });
  }
  await folder.close();
}

function missing(): never {
  throw new RangeError('there is nothing to call');
}

const unused = (): never => {
  throw new Error('nothing speaks to a session here');
};

function toCall(
  { tool, action, role, amount, currency }: PlainCall,
  { at, definition, sessions }: { at: number; definition: string; sessions: number },
): ToolCall {
  const id = at.toString(16).padStart(32, '0');
  const session = `session-${(at * 7919) % sessions}`;
  return {
    id,
    tool,
    action,
    definition,
    args: { amount, currency, charge: { id: `ch_${at}`, amount: amount + 1 } },
    seat: {
      agent: { kind: 'agent', id: `agent-${at % 100}`, roles: [role] },
      session: { kind: 'session', id: session, observe: unused, join: unused, end: unused },
    },
    fingerprint: id,
  };
}
