import { toText } from '../model/json.ts';
import { canonicalName } from '../model/names.ts';
import {
  isReceipt,
  noKnowledge,
  type RememberedCall,
  type SessionKnowledge,
} from '../model/provenance.ts';
import type { ToolDefinition } from '../model/tool.ts';
import { createProvenance } from '../provenance/provenance.ts';
import { toKnowledge } from '../provenance/session-knowledge.ts';
import { textsIn } from '../provenance/texts-in.ts';
import type { GivenSource } from './test-source.ts';
import { toSpanMs } from './time-span.ts';

/** What a session knows in which this happened, in this order. Throws `NAME_INVALID` for names that no tool could have. */
export function knowledgeFrom(
  given: readonly GivenSource[] | undefined,
  nowMs: number,
): SessionKnowledge {
  if (given === undefined || given.length === 0) return noKnowledge;
  const provenance = createProvenance();
  const labels = new Set<string>();
  const origins = new Set<string>();
  const calls: RememberedCall[] = [];
  const userTexts: string[] = [];
  let overflowed = false;
  for (const each of given) {
    if ('user' in each) {
      userTexts.push(each.user);
      origins.add('user');
      provenance.add({ origin: 'user', text: each.user });
    } else if ('tool' in each) {
      const call = toRemembered(each, nowMs);
      const origin = each.output ?? 'untrusted';
      calls.push(call);
      if (origin === 'untrusted') labels.add(origin);
      if (each.result === undefined) continue;
      const text = typeof each.result === 'string' ? each.result : JSON.stringify(each.result);
      origins.add(origin);
      const source = { origin, tool: call.tool, isReceipt: isReceipt(origin, call.definition) };
      provenance.add({ ...source, text: toText(text) });
    } else if ('approved' in each) {
      for (const text of textsIn(each.approved)) {
        provenance.add({ origin: 'user', text, isWhole: true });
      }
    } else if ('labels' in each) {
      for (const label of each.labels) labels.add(label);
    } else {
      overflowed = true;
    }
  }
  return toKnowledge({
    provenance: () => provenance,
    has: (origin) => origins.has(origin),
    labels,
    calls,
    userTexts,
    overflowed,
  });
}

type GivenCall = Extract<GivenSource, { readonly tool: string }>;

function toRemembered(given: GivenCall, nowMs: number): RememberedCall {
  const { effect = 'read', undo = 'full', output = 'untrusted', external = false, ago } = given;
  const tool = canonicalName('tool', given.tool);
  const definition: ToolDefinition = {
    name: given.tool,
    description: '',
    manifest: { effect, undo, output, external },
  };
  return {
    callId: 'given',
    tool,
    action: canonicalName('action', given.action ?? 'run'),
    status: 'done',
    atMs: nowMs - (ago === undefined ? 0 : toSpanMs(ago)),
    definition,
  };
}
