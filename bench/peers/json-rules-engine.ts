import type { PlainRule } from '../generated-rules.ts';
import { load, type Peer } from './peer.ts';

interface Package {
  readonly Engine: new (rules: readonly unknown[]) => {
    run(facts: object): Promise<{ readonly events: readonly { readonly type: string }[] }>;
  };
}

export const jsonRulesEngine: Peer = {
  name: 'json-rules-engine',
  maxRules: 1_000,
  async open(rules) {
    const { Engine } = await load<Package>('json-rules-engine');
    const engine = new Engine(rules.map(translate));
    return async (call) => {
      const { events } = await engine.run(call);
      const isDenied = events.some(({ type }) => type === 'deny');
      return !isDenied && events.length > 0;
    };
  },
};

function translate({ name, tool, action, role, above, upTo, currencies, approval }: PlainRule) {
  const all = [
    { fact: 'tool', operator: 'equal', value: tool },
    { fact: 'action', operator: 'equal', value: action },
    { fact: 'role', operator: 'equal', value: role },
    { fact: 'amount', operator: 'greaterThan', value: above },
    { fact: 'amount', operator: 'lessThanInclusive', value: upTo },
    { fact: 'currency', operator: 'in', value: currencies },
  ];
  return { name, conditions: { all }, event: { type: approval } };
}
