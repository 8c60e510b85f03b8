import { z } from 'zod';

/** Keywords that strict structured output refuses at some providers; the caller checks them anyway. */
const untaken = ['$schema', 'maxLength', 'minLength'] as const;

/** The schema as JSON Schema for strict structured output: objects closed and every key required. */
export function toStrictSchema(schema: z.ZodType): { readonly [key: string]: unknown } {
  return withoutUntaken(
    z.toJSONSchema(schema, {
      target: 'draft-7',
      override: ({ jsonSchema }) => void withoutUntaken(jsonSchema),
    }),
  );
}

function withoutUntaken<T extends object>(jsonSchema: T): T {
  for (const keyword of untaken) Reflect.deleteProperty(jsonSchema, keyword);
  return jsonSchema;
}
