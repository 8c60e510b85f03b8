import type { Agent, ToolCall } from '../model/call.ts';
import type { Verdict } from '../model/decision.ts';
import { joinKey } from '../model/length-prefixed.ts';
import { sha256Hex } from '../model/sha256.ts';
import type { BackSource } from './rollout-source.ts';
import type { RuleSource } from './source.ts';

/** How far a rule is rolled out. */
export interface Rollout {
  /** 0 to 100; 0 is nobody. */
  readonly percent: number;
  readonly by: 'session' | 'agent';
  /** The rule that does not count where this one does. */
  readonly insteadOf: string | undefined;
  /** Without it the candidate is held to what would have been decided without it. */
  readonly mayLoosen: boolean;
  readonly back: BackSource | undefined;
}

/** Undefined for a rule that is off or in shadow: its mode is the stronger word. */
export function compileRollout(source: RuleSource): Rollout | undefined {
  const { rollout, mode = 'enforce' } = source;
  if (rollout === undefined || mode !== 'enforce') return undefined;
  return {
    percent: rollout.percent,
    by: rollout.by,
    insteadOf: rollout.instead_of,
    mayLoosen: source.allow_loosening === true,
    back: rollout.back,
  };
}

/** A rule as a judge sees it. */
interface Judgeable {
  readonly verdict: Verdict;
  readonly may: readonly Verdict[];
}

/** Whether a rule denies whatever a judge says: one that leaves room for a looser verdict may come to allow. */
export function isPlainDeny({ verdict, may }: Judgeable): boolean {
  return verdict === 'deny' && may.every((other) => other === 'deny');
}

const hashDigits = 16;

/** The name of one wording of a rule among trials: an edited rule is another trial. */
export function trialHash(rule: { hash(): string }): string {
  return rule.hash().slice(0, hashDigits);
}

/** Whether who drew this is on the candidate's side; stays so when the percentage is raised. */
export function isCandidateSide({ percent }: Pick<Rollout, 'percent'>, drawn: string): boolean {
  return placeOf(drawn) < percent;
}

/** Whom a rollout draws by. Agents that work for another are drawn with it: a new name is no new draw. */
function unitOf(by: Rollout['by'], { seat }: ToolCall): string {
  return by === 'session' ? seat.session.id : rootOf(seat.agent).id;
}

/** Of an agent that works for another: the one above all. */
export function rootOf(agent: Agent): Agent {
  let root = agent;
  while (root.parent !== undefined) root = root.parent;
  return root;
}

const digits = 12;
const places = 16 ** digits;

/** What the session or agent of a call draws for this rule: 12 hexadecimal digits, the same at every call. */
export function draw(rule: string, { by }: Pick<Rollout, 'by'>, call: ToolCall): string {
  return sha256Hex(joinKey('rollout', rule, by, unitOf(by, call))).slice(0, digits);
}

/** Where a draw stands among all: 0 or more, less than 100, evenly spread. */
export function placeOf(drawn: string): number {
  return (Number.parseInt(drawn, 16) / places) * 100;
}
