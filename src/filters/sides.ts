import type { Deny } from '../core/model/decision.ts';
import { SupervisionError } from '../core/model/errors.ts';
import type { Filter } from '../core/model/extension.ts';
import type { Json } from '../core/model/json.ts';

/** What a filter looks at. */
export type Side = 'args' | 'result';
export const bothSides: readonly Side[] = ['args', 'result'];

/** A filter that does the same to the sides that it is set to. */
export function createFilter(
  name: string,
  on: readonly Side[],
  work: (value: Json, side: Side) => Promise<Json | Deny>,
): Filter {
  if (on.length === 0 || on.some((side) => side !== 'args' && side !== 'result')) {
    throw invalidOption(name, 'on', 'a list of `args` and `result` with at least one of them');
  }
  return {
    name,
    ...(on.includes('args') ? { before: (args: Json) => work(args, 'args') } : {}),
    ...(on.includes('result') ? { after: (result: Json) => work(result, 'result') } : {}),
  };
}

/** A refusal in the name of a filter. The reason never carries what was found. */
export function refuse(name: string, reason: string): Deny {
  return { verdict: 'deny', by: name, code: 'FILTER_DENIED', reason };
}

export const sideWords: { readonly [side in Side]: string } = {
  args: 'the arguments',
  result: 'the result',
};

export function invalidOption(filter: string, option: string, expected: string): SupervisionError {
  return new SupervisionError(
    'CONFIG_INVALID',
    `filter \`${filter}\`, option \`${option}\`: expected ${expected}`,
  );
}

/** The option, or its default; throws where it is not a whole number of at least 1. */
export function wholeNumber(
  filter: string,
  option: string,
  { given, byDefault }: { readonly given: number | undefined; readonly byDefault: number },
): number {
  const value = given ?? byDefault;
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw invalidOption(filter, option, 'a whole number of at least 1');
}

/** One of the words, or the default; throws for anything else. */
export function oneOf<T extends string>(
  filter: string,
  option: string,
  {
    given,
    words,
  }: { readonly given: T | undefined; readonly words: readonly [T, ...(readonly T[])] },
): T {
  const value = given ?? words[0];
  if (words.includes(value)) return value;
  throw invalidOption(filter, option, `one of ${words.map((word) => `\`${word}\``).join(', ')}`);
}
