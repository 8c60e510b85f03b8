import { z } from 'zod';
import type { Json } from '../model/json.ts';
import { timeSpan } from './time-span.ts';

// What the file format is made of. Texts after `; ` in a message are shown as the remedy.

// the text was parsed strictly before, so every value here is JSON
export const json = z.custom<Json>((value) => value !== undefined, 'expected a value');
export const text = z
  .string()
  .min(1, 'expected a text that is not empty; write one, or leave the key out');
export const oneOrMore = <T extends z.ZodType>(one: T, expected: string) =>
  z.union([one, z.array(one).min(1)], `expected ${expected}, or a list of them`);

export const ring = z.union(
  [z.literal(0), z.literal(1), z.literal(2), z.literal(3)],
  'expected a ring, 0 to 3',
);
export const labels = z
  .array(
    z.string().regex(/^[a-z0-9_-]{1,64}$/, 'expected 1 to 64 characters of a-z, 0-9, `_` and `-`'),
    'expected a list of labels; write it in brackets',
  )
  .min(1, 'the list is empty, so it names no label; name at least one');

export const approval = z.enum(['auto_approve', 'require_review', 'deny']);

/** How long ago. */
export const span = z
  .string()
  .regex(timeSpan, 'expected a time such as `30s`, `10m`, `2h` or `7d`');
