import type { Decision, JudgeReport } from '../model/decision.ts';

/** The decision with what a judge was asked, and with what the rules had decided by themselves where it is another. */
export function tellRuled(decision: Decision, own: Decision, report: JudgeReport): Decision {
  const before = decision.explanation ?? { matched: 'default', shadow: [] };
  const judge = isSame(decision, own) ? report : { ...report, ruled: toRuled(own) };
  return { ...decision, explanation: { ...before, judge } };
}

function isSame(one: Decision, other: Decision): boolean {
  return one.verdict === other.verdict && one.rule === other.rule && one.code === other.code;
}

function toRuled({ verdict, code, rule }: Decision): JudgeReport['ruled'] & object {
  return { verdict, code, ...(rule === undefined ? {} : { rule }) };
}
