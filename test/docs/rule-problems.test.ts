import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { firstProblem, ruleProblemCases } from './rule-problem-cases.ts';
import { toRuleProblemsPage } from './rule-problems-page.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const cases = ruleProblemCases.parse(JSON.parse(read('test/cases/rule-problems/problems.json')));

/** Where the loader keeps its words; those of single names have tests of their own. */
const sources = [
  'model/host-name',
  'rules/check-condition',
  'rules/check-limit',
  'rules/check-rollout',
  'rules/check-rule',
  'rules/glob',
  'rules/json-schema-check',
  'rules/lists',
  'rules/path-text',
  'rules/when-check',
  'shell/command-pattern',
].map((name) => `src/core/${name}.ts`);
/** Cannot be met from the text of one file. */
const unreachable = new Set([
  // kept for what picomatch may refuse one day
  'this is not a glob that can be compiled',
  // wants a second file, or a host
  'the list ${quote(name)} is also in ${placeOf(owners.get(name))}, and not the same',
  'the lists of the host',
  'rename one of them, or keep the list in one place',
]);

/** Texts of a source that read like a sentence, each as a pattern for what it says in the end. */
function sentencesOf(source: string): readonly string[] {
  const literals = Array.from(
    source.matchAll(/(['`])((?:\\.|(?!\1)[^\\\n])*)\1/g),
    ([, , text = '']) => text,
  );
  return literals.filter(
    (text) => /^[^./].* .* /.test(text) && !/(?:roots|backThresholds)\.map|quote\($/.test(text),
  );
}

function toPattern(literal: string): RegExp {
  const parts = literal.split(/\$\{[^}]*\}+/).map((part) => part.replaceAll('\\`', '`'));
  return new RegExp(parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'));
}

describe('what can be wrong in a rules file', () => {
  it.each(cases.map((one) => [one.what, one] as const))(
    '%s',
    (_, { what: __, text, ...wanted }) => {
      expect(firstProblem(text)).toEqual(wanted);
    },
  );

  it('says of each what to write, in words of its own', () => {
    const silent = cases.filter(({ remedy }) => /^$|is what has to change$/.test(remedy));
    expect(silent).toEqual([]);
  });

  it('has a case for every sentence of the checks', () => {
    const told = cases.map(({ message, remedy }) => `${message}; ${remedy}`);
    const silent = sources
      .flatMap((path) => sentencesOf(read(path)))
      .filter((literal) => !unreachable.has(literal))
      .filter((literal) => !told.some((text) => toPattern(literal).test(text)));
    expect(silent).toEqual([]);
  });

  it('is shown in docs/rule-problems.md (`npm run problems` writes it)', () => {
    expect(read('docs/rule-problems.md')).toBe(toRuleProblemsPage(cases));
  });
});
