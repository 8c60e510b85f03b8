import { z } from 'zod';
import { type Json, type JsonObject, isJsonArray, isJsonObject } from '../model/json.ts';
import { keyDocs } from './key-docs.ts';
import { ruleFileSchema, ruleSchema } from './source.ts';

// the loader parses rules one by one; an editor shall see into them
const wholeFile = ruleFileSchema.extend({ rules: z.array(ruleSchema) });

/** The JSON Schema (draft 7, which all editors know) of a rules file, as strict as the loader on form; every key is described. */
export function toRulesJsonSchema(): JsonObject {
  const made = z.toJSONSchema(wholeFile, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
  });
  const schema = z.json().parse(JSON.parse(JSON.stringify(made)));
  const described = describe(schema, 'file');
  return { title: 'Rules of Ringfence', ...(isJsonObject(described) ? described : {}) };
}

/** Objects that stand under a key of another name; elsewhere the name of the key is that of its object. */
const sections: ReadonlyMap<string, string> = new Map([
  ['rules', 'rule'],
  ['tests', 'test'],
  ['steps', 'step'],
  ['limits', 'limit'],
  ['args', 'predicates'],
  ['destinations', 'predicates'],
  ['addresses', 'predicates'],
  ['anywhere', 'predicates'],
  ['everywhere', 'predicates'],
  ['user_said', 'predicates'],
  ...['tool', 'action', 'role', 'permission', 'env', 'agent'].map((key) => [key, 'names'] as const),
]);

/** Walks down with the name of the object that the keys stand in. */
function describe(schema: Json, section: string): Json {
  if (isJsonArray(schema)) return schema.map((each) => describe(each, section));
  if (!isJsonObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]): [string, Json] => {
      if (keyword !== 'properties' || !isJsonObject(value)) {
        const isBelow = ['items', 'anyOf', 'additionalProperties'].includes(keyword);
        return [keyword, isBelow ? describe(value, section) : value];
      }
      // an object that has no words of its own names a list
      const docs = keyDocs.get(section) ?? keyDocs.get('names') ?? {};
      const properties = Object.entries(value).map(([key, property]): [string, Json] => {
        const below = describe(property, sections.get(key) ?? key);
        const words = Object.hasOwn(docs, key) ? docs[key] : undefined;
        const own = words === undefined ? {} : { description: words };
        return [key, isJsonObject(below) ? { ...own, ...below } : below];
      });
      return [keyword, Object.fromEntries(properties)];
    }),
  );
}
