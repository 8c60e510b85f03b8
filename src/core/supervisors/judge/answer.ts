import { z } from 'zod';
import { readForm } from '../read-form.ts';

const short = z.string().max(1000);

/** What a judge answers. Every name says which way it counts; nothing is read by truthiness. */
export const answerSchema = z.strictObject({
  schema: z.literal(1),
  /** Copied from the facts: the answer is for this request. */
  nonce: z.string(),
  /** Copied from the facts: the answer is for this call. */
  fingerprint: z.string(),
  observations: z.array(short).max(5),
  riskLevel: z.enum(['low', 'medium', 'high', 'critical']),
  userAuthorization: z.enum(['unknown', 'low', 'medium', 'high']),
  intentMatch: z.enum(['match', 'partial', 'mismatch', 'unknown']),
  policyAlignment: z.enum(['complies', 'unclear', 'violates']),
  contextFit: z.enum(['fits', 'unclear', 'unusual']),
  injectionEvidence: z.array(z.strictObject({ field: short, quote: short })).max(50),
  ruleRefs: z.array(short).max(50),
  outcome: z.enum(['allow', 'review', 'deny']),
  rationale: z.string().max(4000),
});
export type Answer = z.output<typeof answerSchema>;

/** What an answer must be bound to. */
export interface Binding {
  readonly nonce: string;
  readonly fingerprint: string;
}

export type ReadAnswer =
  | { readonly ok: true; readonly answer: Answer }
  /** For operators; holds none of the model's words. */
  | { readonly ok: false; readonly detail: string };

/** Reads what a judge wrote, strictly, and only if it is bound to this call. */
export function readAnswer(text: string, { nonce, fingerprint }: Binding): ReadAnswer {
  const read = readForm(answerSchema, text);
  if (!read.ok) return read;
  const answer = read.value;
  if (answer.nonce !== nonce) return { ok: false, detail: 'the answer has another nonce' };
  if (answer.fingerprint !== fingerprint) {
    return { ok: false, detail: 'the answer has the fingerprint of another call' };
  }
  return { ok: true, answer };
}
