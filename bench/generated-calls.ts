import type { ToolCall } from '../src/core/model/call.ts';
import { noKnowledge } from '../src/core/model/provenance.ts';
import type { ToolDefinition } from '../src/core/model/tool.ts';
import type { RuleFacts } from '../src/core/rules/call-context.ts';
import { plainRules, type PlainRule } from './generated-rules.ts';

/** One call in the words that all engines of the comparison have. */
export interface PlainCall {
  readonly tool: string;
  readonly action: string;
  readonly role: string;
  readonly amount: number;
  readonly currency: string;
}

const manifest = { effect: 'write', undo: 'partial', output: 'trusted' } as const;
const nowMs = Date.UTC(2026, 10, 23, 10);

/** So many calls, spread evenly over the rules: two of three fit their rule, one is above its amount. */
export function plainCalls(ruleCount: number, count: number): readonly PlainCall[] {
  const rules = plainRules(ruleCount);
  return Array.from({ length: count }, (_, i) => {
    const rule = rules[Math.floor((i * 7919) % rules.length)];
    if (rule === undefined) throw new RangeError('there are no rules to call for');
    return toCall(rule, i);
  });
}

function toCall(rule: PlainRule, i: number): PlainCall {
  const { tool, action, role, currencies, above, upTo } = rule;
  const amount = i % 3 === 2 ? upTo + 1_000_000 : above + 1 + (i % 200);
  return { tool, action, role, amount, currency: currencies[i % 2] ?? currencies[0] };
}

/** The same calls as the pipeline makes them, with what the rules may know of them. */
export function generatedCalls(
  ruleCount: number,
  count: number,
): readonly { readonly call: ToolCall; readonly facts: RuleFacts }[] {
  return toToolCalls(plainCalls(ruleCount, count));
}

/** Each tool is registered once, and all its calls speak of that one definition, as in a running host. */
export function toToolCalls(calls: readonly PlainCall[]) {
  const registered = new Map<string, ToolDefinition>();
  return calls.map((plain, index) => {
    const { tool: name } = plain;
    const tool = registered.get(name) ?? { name, description: 'generated', manifest };
    registered.set(name, tool);
    return toToolCall(plain, { index, tool });
  });
}

function toToolCall(
  plain: PlainCall,
  { index, tool }: { readonly index: number; readonly tool: ToolDefinition },
) {
  const { tool: name, action, role, amount, currency } = plain;
  const id = index.toString(16).padStart(32, '0');
  const call: ToolCall = {
    id,
    tool: name,
    action,
    definition: `definition of ${name}`,
    args: { amount, currency, charge: { id: 'ch_1', amount: amount + 1 } },
    seat: {
      agent: { kind: 'agent', id: 'bench', roles: [role] },
      session: seatSession,
    },
    fingerprint: id,
  };
  const facts: RuleFacts = {
    tool,
    ring: 2,
    env: 'default',
    nowMs,
    approvalMs: 3_600_000,
    session: noKnowledge,
  };
  return { call, facts };
}

const unused = (): never => {
  throw new Error('no rule speaks to a session');
};
const seatSession = {
  kind: 'session',
  id: 'bench',
  observe: unused,
  join: unused,
  end: unused,
} as const;
