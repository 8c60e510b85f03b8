import type { RuleSet } from './rule-set.ts';

/** For health where no model judges: rules that approve by themselves what their owners want looked at. */
export function describeUnjudged({ rules }: Pick<RuleSet, 'rules'>): readonly string[] {
  const names = rules
    .filter(({ mode, verdict, may }) => mode === 'enforce' && verdict === 'allow' && may.length > 0)
    .map(({ name }) => name);
  const [first] = names;
  if (first === undefined) return [];
  const more = names.length === 1 ? '' : ` and ${names.length - 1} more`;
  return [
    `rule \`${first}\`${more} leaves its approval to a judging model (\`llm.may\`), and there is none; set \`supervisor: hybrid\`, or take \`llm\` out of the rule`,
  ];
}
