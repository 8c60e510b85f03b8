import type { Filter } from '../core/model/extension.ts';
import { htmlEscape } from './html-escape.ts';
import { maxLength } from './max-length.ts';
import { pii } from './pii.ts';
import { secrets } from './secrets.ts';
import { sqlReadOnly } from './sql-read-only.ts';

/** The filters that rules may ask for without any set-up, by their defaults. */
export function builtInFilters(): readonly Filter[] {
  return [pii(), secrets(), maxLength(), htmlEscape(), sqlReadOnly()];
}

/** The built-in filters and others; one of the same name takes the built-in one's place, whoever comes last. */
export function withBuiltInFilters(filters: readonly Filter[] = []): readonly Filter[] {
  const all = [...builtInFilters(), ...filters];
  return [...new Map(all.map((filter) => [filter.name, filter])).values()];
}
