import { satisfies, valid, validRange } from 'semver';
import { compileLinearRegex } from '../model/linear-regex.ts';
import { type Predicate, ofText } from './predicate.ts';
import type { PredicatesSource } from './source.ts';
import type { Truth } from './truth.ts';

/** `regex` (anywhere in the text, unless the pattern says `^…$`) and `semver`. */
export function compileTextPredicates({ regex, semver }: PredicatesSource): readonly Predicate[] {
  const all: Predicate[] = [];
  if (regex !== undefined) {
    const { test } = compileLinearRegex(regex);
    all.push({ name: 'regex', test: ofText((text) => test(text) ?? 'error') });
  }
  if (semver !== undefined) {
    all.push({ name: 'semver', test: ofText((text) => isInRange(text, semver)) });
  }
  return all;
}

/** A version before its release (`2.0.0-beta`) is in the range to some and not to others: an error where that matters. */
function isInRange(version: string, range: string): Truth {
  if (/\s/.test(version) || valid(version) === null) return 'error';
  const strict = satisfies(version, range);
  return strict === satisfies(version, range, { includePrerelease: true }) ? strict : 'error';
}

const maxRange = 256;

/** Why a text is no range of versions, with what to write after `; `; undefined if it is one. */
export function findRangeFault(range: string): string | undefined {
  const isRange = range.length <= maxRange && range.trim() !== '' && validRange(range) !== null;
  return isRange
    ? undefined
    : 'this is not a range of versions; write it as in `^1.2.0` or `>=1.2.0 <2.0.0`';
}
