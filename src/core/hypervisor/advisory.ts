import type { Decision, Deny } from '../model/decision.ts';
import { SupervisionError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import { canonicalJson, sealJson } from '../model/seal-json.ts';
import { isIrreversible } from '../model/tool.ts';
import type { FilterParts } from './filters.ts';
import { failed } from './judge.ts';
import { readArgs, type RawArgs, type Received } from './receive.ts';

/**
 * The call, with its fault where foreign code may not run it at all (advisory mode). That code is handed the arguments as they came, so what
 * was judged has to be just that; and it runs out of our sight, so what cannot be undone needs the operator's word.
 */
export function checkAdvisory(received: Received, args: RawArgs): Received {
  if (received.fault !== undefined) return received;
  return { ...received, fault: faultOf(received, args) };
}

function faultOf({ call, tool }: Received, args: RawArgs): Deny | undefined {
  if (tool === undefined) return undefined;
  const { manifest, name } = tool;
  if (isIrreversible(manifest) && manifest.advisory !== true) {
    return refuse(
      `\`${name}\` cannot be undone, so it has to run under supervision; or its manifest has to say \`advisory: true\``,
    );
  }
  if (isAsGiven(args, call.args)) return undefined;
  return refuse(
    `foreign code would run other arguments of \`${name}\` than those that were judged (the schema has a default, a transform or leaves a key out, or a filter rewrote them)`,
  );
}

function isAsGiven(given: RawArgs, judged: Json): boolean {
  try {
    return sealJson(readArgs(given)).canonical === canonicalJson(judged);
  } catch (error) {
    // the schema may have left out what is no JSON
    if (error instanceof SupervisionError) return false;
    throw error;
  }
}

/** Why foreign code may not run a call whose rules ask for these filters, applied to its arguments before or not. */
export function findUnfitFilter({ filters }: FilterParts, decision: Decision): Deny | undefined {
  if (decision.verdict === 'deny') return undefined;
  const after = decision.filters?.find((name) => filters.get(name)?.after !== undefined);
  if (after === undefined) return undefined;
  return refuse(`the filter \`${after}\` cannot reach a result that foreign code produces`);
}

export function refuseRewritten(): Deny {
  return refuse('a filter rewrites the arguments, which foreign code would not see');
}

function refuse(reason: string): Deny {
  return failed('advisory', 'ADVISORY_REFUSED', reason);
}
