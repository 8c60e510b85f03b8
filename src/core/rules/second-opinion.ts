import jsonLogic, { type RulesLogic } from 'json-logic-js';
import type { Json, JsonObject } from '../model/json.ts';

/** What the reference engine says of a `when` that was checked before; undefined where it gives no boolean. */
export function secondOpinion(logic: Json, data: JsonObject): boolean | undefined {
  if (!isRulesLogic(logic)) return undefined;
  try {
    const result: unknown = jsonLogic.apply(logic, data);
    return typeof result === 'boolean' ? result : undefined;
  } catch {
    // it gives no answer, which disagrees with every definite one
    return undefined;
  }
}

function isRulesLogic(logic: Json): logic is Json & RulesLogic {
  return typeof logic === 'object' && logic !== null;
}
