import { z } from 'zod';
import type { Model } from '../core/model/model-port.ts';

const amount = z
  .number('expected a number of at least 0')
  .min(0, 'expected a number of at least 0');
const bound = z
  .strictObject({ perSession: amount.optional(), perDay: amount.optional() })
  .optional();
const text = z.string('expected a text').optional();
const names = z.array(z.string('expected a name'), 'expected a list of names').optional();
const model = z.custom<Model>(isModel, 'expected a model, such as `openaiModel({ model })`');

/** What decides whether a call goes on, and what may be spent. A word that is misspelt here would be no bound at all. */
const schema = z.object({
  supervisor: z.enum(['hybrid', 'llm'], 'expected `hybrid` or `llm`').optional(),
  onUnavailable: z.enum(['review', 'deny'], 'expected `review` or `deny`').optional(),
  model,
  stage1Model: model.optional(),
  secondOpinionModel: model.optional(),
  policy: text,
  policyFile: text,
  calibrationFile: text,
  prompts: text,
  summaries: z.boolean('expected true or false').optional(),
  atLeast: z.strictObject({ medium: names, high: names }).optional(),
  prices: z
    .record(z.string(), z.strictObject({ inputMicros: amount, outputMicros: amount }))
    .optional(),
  budget: z.strictObject({ calls: bound, micros: bound }).optional(),
});

/** What is wrong in the settings, by its key; undefined where nothing is. The compiler says it first, but not in JavaScript. */
export function findWrongChoice(settings: object): string | undefined {
  const [issue] = schema.safeParse(settings).error?.issues ?? [];
  if (issue === undefined) return undefined;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = ['judge', ...issue.path, ...unknown].map(String).join('.');
  if (unknown.length > 0) return `\`${path}\` is not known; leave it out or correct it`;
  return `\`${path}\`: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`;
}

function isModel(given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false;
  const name: unknown = Reflect.get(given, 'name');
  const hasName = typeof name === 'string' && name !== '';
  return hasName && ['ask', 'check', 'close'].every((verb) => isFunction(Reflect.get(given, verb)));
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
