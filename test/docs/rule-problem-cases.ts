import { z } from 'zod';
import { loadRules } from '../../src/core/rules/load.ts';
import { monday } from '../core/rules/rule-calls.ts';

/** A text of a rules file, and the first thing that the loader must say of it. */
export const ruleProblemCases = z.array(
  z.strictObject({
    what: z.string(),
    text: z.string(),
    severity: z.enum(['error', 'warning']),
    line: z.number().nullable(),
    column: z.number().nullable(),
    message: z.string(),
    remedy: z.string().min(1),
  }),
);
export type RuleProblemCase = z.output<typeof ruleProblemCases>[number];

/** What the loader says first, on that Monday, with one filter registered. */
export function firstProblem(text: string): Omit<RuleProblemCase, 'what' | 'text'> | undefined {
  const loaded = loadRules([{ name: 'rules.json', text }], {
    nowMs: monday,
    knownFilters: ['pii'],
  });
  const [first] = loaded.ok ? loaded.warnings : loaded.problems;
  if (first === undefined) return undefined;
  const { severity, message, remedy, position } = first;
  return {
    severity,
    line: position?.line ?? null,
    column: position?.column ?? null,
    message,
    remedy,
  };
}
