import type { Deny } from '../core/model/decision.ts';
import type { Filter } from '../core/model/extension.ts';
import { isJsonArray, isJsonObject, type Json } from '../core/model/json.ts';
import { createFilter, invalidOption, oneOf, refuse } from './sides.ts';

export interface SqlReadOnlyOptions {
  /** Arguments that hold SQL, a text or a list of texts, with dots between levels. Default `sql`, `query`, `statement`. */
  readonly args?: readonly string[];
  /**
   * `any` refuses what databases read differently (backslashes, backticks, `#`, `[`, `$$`); `postgresql` takes what
   * PostgreSQL does. Default `any`.
   */
  readonly dialect?: 'any' | 'postgresql';
  /** Functions of yours without effects, with their schema if SQL names it. Default none. */
  readonly functions?: readonly string[];
}

/** Lets nothing through but single statements that only read, as the parser of PostgreSQL sees them. */
export function sqlReadOnly(options: SqlReadOnlyOptions = {}): Filter {
  const name = 'sql_read_only';
  const { args: paths = ['sql', 'query', 'statement'], functions = [] } = options;
  if (paths.length === 0) throw invalidOption(name, 'args', 'the names of arguments, not none');
  const rules = {
    dialect: oneOf(name, 'dialect', { given: options.dialect, words: ['any', 'postgresql'] }),
    functions: new Set(functions.map((each) => each.toLowerCase())),
  };
  const check = async (args: Json): Promise<Json | Deny> => {
    const texts = typeof args === 'string' ? [args] : paths.flatMap((path) => textsAt(args, path));
    if (texts.length === 0) {
      return refuse(name, `none of the arguments holds SQL (looked for: ${paths.join(', ')})`);
    }
    const { findEffect } = await import('./sql-check.ts');
    for (const text of texts) {
      const effect = text === undefined ? 'it is not a text' : await findEffect(text, rules);
      if (effect !== undefined) return refuse(name, `only SQL that reads may run here: ${effect}`);
    }
    return args;
  };
  return createFilter(name, ['args'], check);
}

/** What is there under a path: texts, and undefined for what is no text. */
function textsAt(args: Json, path: string): readonly (string | undefined)[] {
  let found: Json | undefined = args;
  for (const key of path.split('.')) {
    found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  if (found === undefined) return [];
  const all = isJsonArray(found) ? found : [found];
  // an empty list runs nothing, but then nothing is there to judge either
  if (all.length === 0) return [undefined];
  return all.map((text) => (typeof text === 'string' ? text : undefined));
}
