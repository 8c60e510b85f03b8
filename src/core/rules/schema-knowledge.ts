import { z } from 'zod';
import { type Json, type JsonObject, isJsonArray, isJsonObject } from '../model/json.ts';
import type { ToolDefinition } from '../model/tool.ts';
import type { ArgPath } from './arg-path.ts';

/** `known`: the schema has it; `impossible`: the schema is closed and lacks it; else `unknown`. */
export type Knowledge = 'known' | 'impossible' | 'unknown';

const schemas = new WeakMap<ToolDefinition, { readonly json: Json | undefined }>();

/** What the tool's schema says of an argument that a call lacks. */
export function knowledgeOf(tool: ToolDefinition, path: ArgPath): Knowledge {
  let schema = schemas.get(tool);
  if (schema === undefined) {
    schema = { json: toJsonSchema(tool.schema) };
    schemas.set(tool, schema);
  }
  return look(schema.json, path);
}

function look(schema: Json | undefined, path: ArgPath): Knowledge {
  const [step, ...rest] = path;
  if (step === undefined) return 'known';
  if (!isJsonObject(schema)) return 'unknown';
  const properties = own(schema, 'properties');
  const named = isJsonObject(properties) ? own(properties, step) : undefined;
  if (named !== undefined) return look(named, rest);
  const branches = branchesOf(schema).map((branch) => look(branch, path));
  if (branches.includes('known')) return 'known';
  if (branches.length > 0 && branches.every((each) => each === 'impossible')) return 'impossible';
  return withoutProperty(schema);
}

/** The alternatives of a union. */
function branchesOf(schema: JsonObject): readonly Json[] {
  return ['anyOf', 'oneOf', 'allOf'].flatMap((keyword) => {
    const branches = own(schema, keyword);
    return isJsonArray(branches) ? branches : [];
  });
}

// keywords that may let in more than `properties` names
const widening = ['$ref', '$dynamicRef', 'allOf', 'anyOf', 'oneOf', 'if', 'patternProperties'];

function withoutProperty(schema: JsonObject): Knowledge {
  const type = own(schema, 'type');
  if (type === 'array') return own(schema, 'items') === undefined ? 'unknown' : 'known';
  if (typeof type === 'string' && type !== 'object') return 'impossible';
  if (widening.some((keyword) => own(schema, keyword) !== undefined)) return 'unknown';
  return own(schema, 'additionalProperties') === false ? 'impossible' : 'unknown';
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function toJsonSchema(schema: ToolDefinition['schema']): Json | undefined {
  if (!(schema instanceof z.ZodType)) return schema;
  try {
    // what rules see are parsed arguments, hence the output side
    return z.json().parse(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'output' }))));
  } catch {
    // a schema that cannot be written as JSON Schema says nothing
    return undefined;
  }
}
