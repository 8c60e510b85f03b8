import type { RuleProblemCase } from './rule-problem-cases.ts';

const head = `# What can be wrong in a rules file

Every one of these is told with file, line and column by \`ringfence check\`. An error keeps the set from being put in force,
the last good one stays, and \`rules.rejected\` says so; a warning does not. Written by \`npm run problems\` from cases that run.

`;

/** One row a case. */
export function toRuleProblemsPage(cases: readonly RuleProblemCase[]): string {
  const rows = cases.map(({ what, severity, message, remedy }) =>
    [what, severity, message, remedy].map(toCell).join(' | '),
  );
  const lines = rows.map((row) => `| ${row} |`);
  return `${head}| what | severity | message | write instead |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
}

function toCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
