import { isUnder, parseDomain } from '../model/host-name.ts';
import { type Json, isJsonArray } from '../model/json.ts';

/**
 * Whether one predicate with the operand `then` surely holds of no other values than with `first`, and is an error on
 * no other values either. Only where the operands are lists of texts of which any may hold; false for all the rest.
 */
export function isNarrowerPredicate(name: string, then: Json, first: Json): boolean {
  const covers = coverings.get(name);
  const [now, before] = [toTexts(then), toTexts(first)];
  if (covers === undefined || now === undefined || before === undefined) return false;
  return now.every((text) => before.some((wider) => covers(text, wider)));
}

const isSame = (text: string, wider: string): boolean => text === wider;

const coverings = new Map<string, (text: string, wider: string) => boolean>([
  ['domain', isSubdomain],
  ['cidr', isSame],
  ['path_inside', isSame],
  ['intersects', isSame],
  ['subset', isSame],
]);

function isSubdomain(text: string, wider: string): boolean {
  const [name, domain] = [parseDomain(text), parseDomain(wider)];
  return name !== undefined && domain !== undefined && isUnder(name, domain);
}

/** A list that a rule names is no list of texts here: nobody compares what it held before. */
function toTexts(operand: Json): readonly string[] | undefined {
  const items = isJsonArray(operand) ? operand : [operand];
  const texts = items.filter((item) => typeof item === 'string');
  return texts.length === items.length ? texts : undefined;
}
