import type { Json } from '../src/core/model/json.ts';

/** 50 tools with 4 actions each: up to 200 rules there is about one rule for each, with 10,000 there are 50. */
export const tools = Array.from({ length: 50 }, (_, i) => `tool${i}`);
export const actions = ['read', 'write', 'send', 'remove'] as const;
const currencies = ['EUR', 'USD', 'GBP', 'CHF'] as const;
const roles = ['support', 'finance', 'audit'] as const;

/** One rule in the words that all engines of the comparison have. */
export interface PlainRule {
  readonly name: string;
  readonly tool: string;
  readonly action: string;
  readonly role: string;
  readonly currencies: readonly [string, string];
  /** Matches amounts from `above` (exclusive) to `upTo` (inclusive). */
  readonly above: number;
  readonly upTo: number;
  readonly approval: 'auto_approve' | 'deny';
}

/** Rules over all tools and actions in turn: three allow, then one denies. The same number gives the same rules. */
export function plainRules(count: number): readonly PlainRule[] {
  return Array.from({ length: count }, (_, i) => {
    // the place in the list of this tool and action: neighbours there cover neighbouring amounts
    const nth = Math.floor(i / (tools.length * actions.length));
    return {
      name: `rule-${i}`,
      tool: pick(tools, i),
      action: pick(actions, Math.floor(i / tools.length)),
      role: pick(roles, nth),
      currencies: [pick(currencies, nth), pick(currencies, nth + 1)],
      above: nth * 100,
      upTo: nth * 100 + 250,
      approval: nth % 4 === 3 ? 'deny' : 'auto_approve',
    };
  });
}

/** The rule as it stands in a rules file. */
export function toSource(rule: PlainRule): { readonly [key: string]: Json } {
  const { name, tool, action, role, above, upTo, approval } = rule;
  const args = { amount: { gt: above, lte: upTo }, currency: { in: [...rule.currencies] } };
  return { name, condition: { tool, action, role, args }, approval };
}

/**
 * What a rules folder of that size may look like: the plain rules, of the allowing ones every second with an
 * hourly limit and every fifth with JSON Logic, and of the denying ones every second asking for a person instead.
 */
export function fullRules(count: number): readonly { readonly [key: string]: Json }[] {
  return plainRules(count).map((rule, i) => {
    const { condition, approval, name } = toSource(rule);
    if (approval === 'deny')
      return {
        name: name ?? '',
        condition: condition ?? {},
        approval: i % 2 === 0 ? 'deny' : 'require_review',
      };
    const limit = i % 2 === 0 ? { max_per_hour: 1_000_000_000 } : {};
    const when =
      i % 5 === 0
        ? { when: { '<=': [{ var: 'args.amount' }, { var: 'args.charge.amount' }] } }
        : {};
    return {
      name: name ?? '',
      condition: { ...Object(condition), ...limit, ...when },
      approval: approval ?? 'deny',
    };
  });
}

function pick<T>(list: readonly [T, ...T[]] | readonly T[], index: number): T {
  const picked = list[index % list.length];
  if (picked === undefined) throw new RangeError('nothing to pick from');
  return picked;
}
