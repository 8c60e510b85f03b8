import { z } from 'zod';

const share = z
  .number('expected a share of the calls, 0 to 1')
  .min(0, 'expected a share of the calls, 0 to 1')
  .max(1, 'expected a share of the calls, 0 to 1; write 5 % as `0.05`');
const several = z.int('expected a whole number').min(1, 'expected 1 or more');

const backSchema = z.strictObject({
  min_calls: several,
  at_most_each: several.optional(),
  denied_over: share.optional(),
  failed_over: share.optional(),
  overturned_over: share.optional(),
  min_answers: several.optional(),
  slower_than_ms: z.number().positive('expected more than 0').optional(),
});

/** A rule that is enforced on a part of the sessions or agents, the candidate's side. */
export const rolloutSchema = z.strictObject(
  {
    percent: z
      .number('expected a number, 0 to 100')
      .min(0, 'expected 0 or more')
      .max(100, 'expected 100 or less'),
    by: z.enum(['session', 'agent'], 'expected `session` or `agent`'),
    instead_of: z.string().min(1, 'expected the name of a rule').optional(),
    back: backSchema.optional(),
  },
  'expected an object; write `{ "percent": 5, "by": "agent" }`',
);

export type BackSource = z.output<typeof backSchema>;

/** What must be passed before a candidate goes back; each that is not given is never passed. */
export const backThresholds = [
  'denied_over',
  'failed_over',
  'overturned_over',
  'slower_than_ms',
] as const;
