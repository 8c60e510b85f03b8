import { z } from 'zod';
import { approval, json, labels, oneOrMore, ring, span, text } from './source-values.ts';

// Calls, and what is expected of them, as people write them down.

/** A call as tests and people write one down. */
export const writtenCallSchema = z.strictObject({
  tool: text,
  description: z.string().optional(),
  action: text.optional(),
  args: z.record(z.string(), json).optional(),
  role: oneOrMore(text, 'a role').optional(),
  permission: oneOrMore(text, 'a permission').optional(),
  agent: text.optional(),
  session: text.optional(),
  env: text.optional(),
  ring: ring.optional(),
  manifest: z
    .strictObject({
      effect: z.enum(['read', 'write', 'admin']),
      undo: z.enum(['full', 'partial', 'none']),
      output: z.enum(['trusted', 'untrusted']).exactOptional(),
      external: z.boolean().exactOptional(),
      destinations: z.array(text).exactOptional(),
    })
    .optional(),
  schema: json.optional(),
});

export const writtenTimeSchema = z.iso.datetime({
  offset: true,
  error: 'expected a time such as `2026-11-23T10:00:00+01:00`',
});

const times = z.int('expected a whole number').min(1, 'expected 1 or more').max(10_000);

/** What is called after the call of a test; what it leaves out is as before. */
const stepSchema = z.strictObject({
  call: writtenCallSchema.optional(),
  time: writtenTimeSchema.optional(),
  times: times.optional(),
  expect: approval,
});

/** Something that happened in the session before the call; `ago` before its time. */
export const givenSchema = z.union(
  [
    z.strictObject({ user: z.string() }),
    z.strictObject({
      tool: text,
      action: text.optional(),
      result: json.optional(),
      output: z.enum(['trusted', 'untrusted']).optional(),
      effect: z.enum(['read', 'write', 'admin']).optional(),
      undo: z.enum(['full', 'partial', 'none']).optional(),
      external: z.boolean().optional(),
      ago: span.optional(),
    }),
    z.strictObject({ approved: json }),
    z.strictObject({ labels }),
    z.strictObject({ forgotten: z.literal(true) }),
  ],
  'expected `{ "user": … }`, `{ "tool": …, "result": … }`, `{ "approved": … }`, `{ "labels": … }` or `{ "forgotten": true }`',
);

/** A call, or several, with the verdict that the whole set must give. */
export const testSchema = z.strictObject({
  given: z.array(givenSchema).optional(),
  times: times.optional(),
  steps: z.array(stepSchema).optional(),
  call: writtenCallSchema,
  time: writtenTimeSchema.optional(),
  expect: approval,
});

export type TestSource = z.output<typeof testSchema>;
export type GivenSource = z.output<typeof givenSchema>;
