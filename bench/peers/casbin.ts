import { load, type Peer } from './peer.ts';

interface Package {
  newModelFromString(text: string): unknown;
  newEnforcer(model: unknown): Promise<{
    addPolicies(rules: readonly (readonly string[])[]): Promise<boolean>;
    enforceSync(...values: readonly unknown[]): boolean;
  }>;
}

const model = `
[request_definition]
r = tool, action, role, amount, currency
[policy_definition]
p = tool, action, role, above, upTo, one, other, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.tool == p.tool && r.action == p.action && r.role == p.role && r.amount > p.above && r.amount <= p.upTo && (r.currency == p.one || r.currency == p.other)
`;

export const casbin: Peer = {
  name: 'casbin',
  maxRules: 1_000,
  async open(rules) {
    const { newEnforcer, newModelFromString } = await load<Package>('casbin');
    const enforcer = await newEnforcer(newModelFromString(model));
    await enforcer.addPolicies(
      rules.map(({ tool, action, role, above, upTo, currencies, approval }) => {
        const effect = approval === 'deny' ? 'deny' : 'allow';
        return [tool, action, role, String(above), String(upTo), ...currencies, effect];
      }),
    );
    return ({ tool, action, role, amount, currency }) =>
      enforcer.enforceSync(tool, action, role, amount, currency);
  },
};
