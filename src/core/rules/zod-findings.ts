import { z } from 'zod';
import { quote } from '../model/quote.ts';
import type { Finding } from './problem.ts';
import { toTold } from './remedy.ts';
import { nearestWord } from '../model/nearest-word.ts';

type Issue = z.core.$ZodIssue;
type Steps = Finding['path'];

/** What zod found, in the words and at the places that a writer of rules knows. */
export function toFindings(schema: z.ZodType, issues: readonly Issue[], base: Steps): Finding[] {
  return issues.flatMap((issue) => {
    const inner = issue.path.filter((step) => typeof step !== 'symbol');
    const path = [...base, ...inner];
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, inner);
      return issue.keys.map((key) => unknownKey(key, path, known));
    }
    return [describe(issue, path)];
  });
}

function unknownKey(key: string, path: Steps, known: readonly string[]): Finding {
  const near = nearestWord(key, known);
  return {
    path: [...path, key],
    at: 'key',
    message: `unknown key ${quote(key)}`,
    remedy: near === undefined ? `known here are ${known.join(', ')}` : `did you mean \`${near}\`?`,
  };
}

function describe(issue: Issue, path: Steps): Finding {
  const isMissing =
    (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) ||
    // a choice that is not made; only told apart where the input is reported
    (issue.code === 'invalid_value' && Object.hasOwn(issue, 'input') && issue.input === undefined);
  const last = path.at(-1);
  if (isMissing && typeof last === 'string') {
    const expected =
      issue.code === 'invalid_value' ? wordsOf(issue).replace(/^expected /, '') : undefined;
    const remedy = expected === undefined ? `add ${quote(last)}` : `write ${expected}`;
    return { path: path.slice(0, -1), message: `the key ${quote(last)} is missing`, remedy };
  }
  const near = nearestChoice(issue);
  return { path, ...toTold(wordsOf(issue), near && `did you mean \`${near}\`?`) };
}

/** Of words to choose from, the one that was probably meant. */
function nearestChoice(issue: Issue): string | undefined {
  const { input } = issue;
  if (issue.code !== 'invalid_value' || typeof input !== 'string') return undefined;
  return nearestWord(
    input,
    issue.values.filter((value) => typeof value === 'string'),
  );
}

function wordsOf(issue: Issue): string {
  if (issue.code === 'invalid_value' && issue.message.startsWith('Invalid'))
    return `expected ${issue.values.map(show).join(' or ')}`;
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    return `expected ${nouns.get(issue.expected) ?? issue.expected}`;
  }
  if (issue.code === 'too_small' && issue.message.startsWith('Too small')) {
    return issue.origin === 'array'
      ? 'the list is empty; name at least one'
      : `expected at least ${issue.minimum}`;
  }
  if (issue.code === 'too_big' && issue.message.startsWith('Too big')) {
    return `expected at most ${issue.maximum}`;
  }
  return issue.message;
}

const nouns = new Map<string, string>([
  ['object', 'an object'],
  ['record', 'an object'],
  ['array', 'a list'],
  ['string', 'a text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', '`true` or `false`'],
]);

function show(value: unknown): string {
  return typeof value === 'string' ? `\`${value}\`` : String(value);
}

/** The keys that an object at this place may have. */
function keysAt(schema: z.ZodType, path: Steps): readonly string[] {
  let current: unknown = schema;
  for (const step of path) current = below(unwrap(current), step);
  const object = unwrap(current);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function below(schema: unknown, step: string | number): unknown {
  if (schema instanceof z.ZodObject) return Reflect.get(schema.shape, step);
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodRecord ? schema.valueType : undefined;
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional) {
    return unwrap(schema.unwrap());
  }
  if (!(schema instanceof z.ZodUnion)) return schema;
  return schema.options.find((option) => unwrap(option) instanceof z.ZodObject);
}
