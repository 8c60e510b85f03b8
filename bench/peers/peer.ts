import type { PlainCall } from '../generated-calls.ts';
import type { PlainRule } from '../generated-rules.ts';

/** Another engine on our work: the same plain rules, the same calls, allow or not. */
export interface Peer {
  /** The package, as npm knows it. */
  readonly name: string;
  /** Most rules that it is measured with: beyond, one round would take minutes. */
  readonly maxRules: number;
  /** Loads the package and builds the rules; throws if it is not installed. */
  open(rules: readonly PlainRule[]): Promise<PeerDecide>;
}

export type PeerDecide = (call: PlainCall) => boolean | Promise<boolean>;

/** Loads a package of bench/node_modules. Its types are not there when ours are checked, so each peer states what it uses. */
export async function load<Module>(name: string): Promise<Module> {
  return import(name);
}
