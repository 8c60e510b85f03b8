import { z } from 'zod';
import { SupervisionError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import { sealJson } from '../model/seal-json.ts';

/** zod types whose output can never be JSON. What a `transform` makes is seen only when it runs, and checked then. */
const notJson = new Set([
  'bigint',
  'symbol',
  'date',
  'map',
  'set',
  'nan',
  'function',
  'file',
  'promise',
  'custom',
]);

export function isZod(schema: z.ZodType | Json | undefined): schema is z.ZodType {
  return schema instanceof z.ZodType;
}

/** What the arguments look like, as JSON Schema; throws for a zod schema whose output is not JSON. */
export function toJsonSchema(tool: string, schema: z.ZodType | Json | undefined): Json {
  if (schema === undefined) return null;
  if (!isZod(schema)) return sealJson(schema).value;
  const describe = (io: 'input' | 'output'): unknown =>
    z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      override: ({ zodSchema, path }) => {
        const { type } = zodSchema._zod.def;
        if (io === 'output' && notJson.has(type)) throw refuse(tool, type, path.join('.'));
      },
    });
  // both sides: what the model may send, and what the rules and the tool will see
  return sealJson({ input: describe('input'), output: describe('output') }).value;
}

function refuse(tool: string, type: string, place: string): SupervisionError {
  return new SupervisionError(
    'TOOL_INVALID',
    `tool \`${tool}\`: its schema gives a \`${type}\` at \`${place || '(root)'}\`, which is not JSON; take a string or number and convert it inside \`run\``,
  );
}
