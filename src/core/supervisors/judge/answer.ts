import { z } from 'zod';
import { parseJson } from '../../model/parse-json.ts';

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

const limits = { maxBytes: 65_536, maxDepth: 8 };

/**
 * Reads what a model wrote, strictly: one JSON object with just these keys, each once, bound to this call.
 * Words around it, a code fence included, make it invalid: who may write around an answer may write two.
 */
export function readAnswer(text: string, { nonce, fingerprint }: Binding): ReadAnswer {
  const parsed = parseJson(text.trim(), limits);
  if (!parsed.ok) {
    const { line, column } = parsed.problem.position;
    return { ok: false, detail: `the answer is not one strict JSON value (${line}:${column})` };
  }
  const checked = answerSchema.safeParse(parsed.value);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const place =
      issue === undefined || issue.path.length === 0 ? '' : ` at \`${placeOf(issue.path)}\``;
    return {
      ok: false,
      detail: `the answer does not have its form${place} (${issue?.code ?? 'unknown'})`,
    };
  }
  const answer = checked.data;
  if (answer.nonce !== nonce) return { ok: false, detail: 'the answer has another nonce' };
  if (answer.fingerprint !== fingerprint) {
    return { ok: false, detail: 'the answer has the fingerprint of another call' };
  }
  return { ok: true, answer };
}

/** Of our own keys only: what a model made up is not repeated. */
function placeOf(path: readonly PropertyKey[]): string {
  const [key] = path;
  return typeof key === 'string' && key in answerSchema.shape ? key : 'another key';
}
