import type { z } from 'zod';
import { parseJson } from '../model/parse-json.ts';

export type ReadForm<T> =
  | { readonly ok: true; readonly value: T }
  /** For operators; holds none of the model's words. */
  | { readonly ok: false; readonly detail: string };

const limits = { maxBytes: 65_536, maxDepth: 8 };

/**
 * Reads what a model wrote, strictly: one JSON object with just the keys of the form, each once. Words around it, a code
 * fence included, make it invalid: who may write around an answer may write two.
 */
export function readForm<T extends z.ZodObject>(form: T, text: string): ReadForm<z.output<T>> {
  const parsed = parseJson(text.trim(), limits);
  if (!parsed.ok) {
    const { line, column } = parsed.problem.position;
    return { ok: false, detail: `the answer is not one strict JSON value (${line}:${column})` };
  }
  const checked = form.safeParse(parsed.value);
  if (checked.success) return { ok: true, value: checked.data };
  const [issue] = checked.error.issues;
  const place =
    issue === undefined || issue.path.length === 0 ? '' : ` at \`${placeOf(form, issue.path)}\``;
  const code = issue?.code ?? 'unknown';
  return { ok: false, detail: `the answer does not have its form${place} (${code})` };
}

/** Of our own keys only: what a model made up is not repeated. */
function placeOf({ shape }: z.ZodObject, [key]: readonly PropertyKey[]): string {
  return typeof key === 'string' && Object.hasOwn(shape, key) ? key : 'another key';
}
