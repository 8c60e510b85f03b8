// Writes docs/rule-problems.md from test/cases/rule-problems/problems.json; a test says when it is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { toRuleProblemsPage } from '../test/docs/rule-problems-page.ts';
import { ruleProblemCases } from '../test/docs/rule-problem-cases.ts';

const at = (path: string) => new URL(`../${path}`, import.meta.url);
const cases = ruleProblemCases.parse(
  z.json().parse(JSON.parse(readFileSync(at('test/cases/rule-problems/problems.json'), 'utf8'))),
);
writeFileSync(at('docs/rule-problems.md'), toRuleProblemsPage(cases));
