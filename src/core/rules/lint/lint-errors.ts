import { compileRule } from '../compiled-rule.ts';
import { type Finding, ofRule } from '../problem.ts';
import type { ReadFile } from '../read-file.ts';
import type { Lists } from '../source.ts';
import { lintCodes } from './codes.ts';
import { findContradictions } from './never.ts';

/** What keeps a set from being put in force although it loads: protection that can never work, since its predicates exclude each other. */
export function findLintErrors({ file, rules }: ReadFile, lists: Lists): readonly Finding[] {
  return rules.flatMap(({ source, raw, path }) => {
    if (source.mode === 'off') return [];
    const rule = compileRule({ source, raw, file: file.name }, lists);
    const findings = findContradictions({ rule, path }, { lists, errorsMatter: true }).flatMap(
      ({ code, at, message }) => {
        const { severity, remedy } = lintCodes[code];
        return severity === 'error' ? [{ path: [...path, ...at], message, remedy }] : [];
      },
    );
    return ofRule(source.name, findings);
  });
}
