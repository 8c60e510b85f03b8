import type { PlainRule } from '../generated-rules.ts';
import { load, type Peer } from './peer.ts';

interface Package {
  readonly PolicyEngine: new (
    rules: readonly unknown[],
    strategy: 'deny_overrides',
  ) => {
    loadPolicy(policy: object): void;
    evaluatePolicy(agent: string, context: object): { readonly allowed: boolean };
  };
}

export const agentGovernanceSdk: Peer = {
  name: '@microsoft/agent-governance-sdk',
  maxRules: 1_000,
  async open(rules) {
    const { PolicyEngine } = await load<Package>('@microsoft/agent-governance-sdk');
    const engine = new PolicyEngine([], 'deny_overrides');
    const policy = { name: 'bench', scope: 'global', default_action: 'deny', agents: ['*'] };
    engine.loadPolicy({ ...policy, rules: rules.map(translate) });
    return (call) => engine.evaluatePolicy('bench', { ...call }).allowed;
  },
};

function translate({ name, tool, action, role, above, upTo, currencies, approval }: PlainRule) {
  const condition = [
    `tool == '${tool}'`,
    `action == '${action}'`,
    `role == '${role}'`,
    `amount > ${above}`,
    `amount <= ${upTo}`,
    `currency in ['${currencies.join("', '")}']`,
  ].join(' and ');
  return { name, condition, ruleAction: approval === 'deny' ? 'deny' : 'allow' };
}
