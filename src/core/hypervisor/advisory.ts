import type { Deny } from '../model/decision.ts';
import { sealJson } from '../model/seal-json.ts';
import { isIrreversible } from '../model/tool.ts';
import type { FilterParts } from './filters.ts';
import { isZod } from './json-schema.ts';
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
  if (!isZod(tool.definition.schema)) return undefined;
  if (sealJson(readArgs(args)).canonical === sealJson(call.args).canonical) return undefined;
  return refuse(
    `the schema of \`${name}\` changes these arguments (a default, a transform, a key it leaves out), which foreign code would not see`,
  );
}

/** Why foreign code may not run a call whose rules ask for these filters: it would see what they take out. */
export function advisoryFilterFault(
  { filters }: FilterParts,
  names: readonly string[],
  isRewritten: boolean,
): Deny | undefined {
  if (isRewritten)
    return refuse('a filter rewrites the arguments, which foreign code would not see');
  const after = names.find((name) => filters.get(name)?.after !== undefined);
  if (after === undefined) return undefined;
  return refuse(`the filter \`${after}\` cannot reach a result that foreign code produces`);
}

function refuse(reason: string): Deny {
  return failed('advisory', 'ADVISORY_REFUSED', reason);
}
