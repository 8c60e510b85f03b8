import type { PlainRule } from '../generated-rules.ts';
import { load, type Peer } from './peer.ts';

interface Package {
  readonly default: { apply(logic: unknown, data: unknown): unknown };
}

/** An evaluator and no rule engine: the rules are asked one after the other, until one denies. */
export const jsonLogicJs: Peer = {
  name: 'json-logic-js',
  maxRules: 1_000,
  async open(rules) {
    const { default: jsonLogic } = await load<Package>('json-logic-js');
    const translated = rules.map((rule) => ({ logic: translate(rule), approval: rule.approval }));
    return (call) => {
      let isAllowed = false;
      for (const { logic, approval } of translated) {
        if (jsonLogic.apply(logic, call) !== true) continue;
        if (approval === 'deny') return false;
        isAllowed = true;
      }
      return isAllowed;
    };
  },
};

function translate({ tool, action, role, above, upTo, currencies }: PlainRule) {
  return {
    and: [
      { '===': [{ var: 'tool' }, tool] },
      { '===': [{ var: 'action' }, action] },
      { '===': [{ var: 'role' }, role] },
      { '>': [{ var: 'amount' }, above] },
      { '<=': [{ var: 'amount' }, upTo] },
      { in: [{ var: 'currency' }, currencies] },
    ],
  };
}
