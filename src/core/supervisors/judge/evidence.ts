import type { Facts } from '../../model/call.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Origin, ValueOrigin } from '../../model/provenance.ts';
import { undeclaredManifest, type Manifest } from '../../model/tool.ts';
import type { JudgeQuestion } from './judgement.ts';
import type { Binding } from './answer.ts';
import { describeDestinations, listDestinations } from './destinations.ts';
import { listLeaves } from './leaves.ts';
import { describeLimits } from './limits-left.ts';
import { describePast, toShownAction } from './past-calls.ts';
import { isPlainName } from './shown-path.ts';
import { shorten, type Cut, type ShortenLimits } from './shorten.ts';

/** What a judging prompt is filled in with, and whether it is to be read with more care. */
export interface Evidence {
  readonly policy: string;
  readonly facts: JsonObject;
  /** The arguments, an action that is no plain name, and the tool's words about itself: strangers may have written them. */
  readonly arguments: JsonObject;
  /** The model does not see everything: a quick look cannot settle it. */
  readonly isPartial: boolean;
  /** It does not see all of what would run, or of the rules it may replace: it cannot allow the call. */
  readonly isHidden: boolean;
}

/** How much a model is shown. Characters are UTF-16 units. */
export const evidenceLimits = {
  arguments: { maxChars: 4000, maxTotal: 24_000, maxMembers: 200, maxAll: 2000 },
  user: { maxChars: 4000, maxTotal: 16_000, maxMembers: 20, maxAll: 20 },
  maxOrigins: 64,
  maxCuts: 64,
  maxSources: 3,
  maxHistory: 20,
  maxRules: 20,
} as const satisfies { readonly [name: string]: number | ShortenLimits };

/** Where the arguments are shown: paths begin with it. */
const argumentsRoot = '/arguments';

/**
 * Collects the evidence of one call; with a nonce, the answer can be bound to it. Left out: what the assistant wrote, and
 * what tools gave back.
 */
export function collectEvidence(
  { call, facts, rules, limits = [] }: JudgeQuestion,
  { policy, nonce }: { readonly policy: string; readonly nonce?: string },
): Evidence {
  const { session, tool } = facts;
  const description = shorten(tool.description, evidenceLimits.arguments, '/toolDescription');
  const args = shorten(call.args, evidenceLimits.arguments, argumentsRoot);
  // the last ones: what the user said before may be settled
  const said = session.userTexts.slice(-evidenceLimits.user.maxMembers);
  const user = shorten(said, evidenceLimits.user, '/userMessages');
  const origins = listOrigins(call.args, facts);
  const cuts = [...user.cuts, ...description.cuts, ...args.cuts];
  const isHidden = args.cuts.length > 0 || rules.length > evidenceLimits.maxRules;
  const isPartial =
    isHidden ||
    cuts.length > 0 ||
    !origins.isWhole ||
    session.overflowed ||
    said.length < session.userTexts.length;
  const binding: Partial<Binding> =
    nonce === undefined ? {} : { nonce, fingerprint: call.fingerprint };
  return {
    policy,
    arguments: {
      toolDescription: description.value,
      ...(isPlainName(call.action) ? {} : { action: call.action }),
      arguments: args.value,
    },
    isPartial,
    isHidden,
    facts: {
      ...binding,
      tool: call.tool,
      action: toShownAction(call.action),
      manifest: describeManifest(tool.manifest),
      agent: { id: call.seat.agent.id, roles: [...call.seat.agent.roles], ring: facts.ring },
      environment: facts.env,
      time: new Date(facts.nowMs).toISOString(),
      userMessages: user.value,
      origins: origins.list,
      destinations: describeDestinations(call.args, facts),
      limits: describeLimits(limits),
      sessionLabels: [...session.labels].toSorted(),
      ...describePast(call.tool, facts.history, evidenceLimits.maxHistory),
      rules: rules.slice(0, evidenceLimits.maxRules).map((rule) => ({ ...rule })),
      decidedSoFar: facts.soFar?.verdict ?? null,
      cut: cuts.slice(0, evidenceLimits.maxCuts).map(describeCut),
      notEverythingIsShown: isPartial,
    },
  };
}

function describeManifest(manifest: Manifest | undefined): JsonObject {
  const {
    effect,
    undo,
    output = 'untrusted',
    external,
    destinations,
  } = manifest ?? undeclaredManifest;
  return {
    declaredByHost: manifest !== undefined,
    effect,
    undo,
    output,
    external: external ?? null,
    destinations: [...(destinations ?? [])],
  };
}

/**
 * Where each argument came from, as the session knows it. Where there are too many, the destinations come before them,
 * each as a whole: others cannot take their place.
 */
function listOrigins(args: Json, { session, tool }: Facts) {
  const { leaves, isWhole } = listLeaves(args, evidenceLimits.maxOrigins, argumentsRoot);
  const destinations = isWhole ? [] : listDestinations(args, tool.manifest);
  const list = [...destinations, ...leaves].map(({ path, value }): JsonObject => {
    const { origin, foundIn } = describeOrigin(session.originOf(value));
    return { path, origin, foundIn: [...foundIn] };
  });
  return { list, isWhole };
}

/** What the model is told of a value's origin. */
export function describeOrigin({ origin, sources }: ValueOrigin): {
  readonly origin: Origin;
  readonly foundIn: readonly string[];
} {
  const foundIn = sources
    .slice(0, evidenceLimits.maxSources)
    .map(({ origin: from, tool }) =>
      tool === undefined ? 'a message of the user' : `the result of ${tool} (${from})`,
    );
  return { origin, foundIn };
}

function describeCut({ path, chars, sha256 }: Cut): JsonObject {
  return { path, chars, sha256 };
}
