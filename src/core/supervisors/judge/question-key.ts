import { joinKey } from '../../model/length-prefixed.ts';
import type { PromptSet } from '../../model/prompt.ts';
import { listDestinations } from './destinations.ts';
import { evidenceLimits } from './evidence.ts';
import type { JudgeQuestion } from './judgement.ts';
import { listLeafValues } from './leaves.ts';
import type { QuestionKey } from './memory.ts';
import type { QuestionerOptions } from './questioner.ts';

/** Everything that an answer depends on; what is left out here could be answered for somebody else. */
export function keyOf(
  { call, facts, rulesVersion, rules }: JudgeQuestion,
  prompts: PromptSet,
  { policy, stage1, stage2, secondOpinion }: QuestionerOptions,
): QuestionKey {
  const { session, tool, ring, env, soFar } = facts;
  // of just those that the model is shown
  const shown = listLeafValues(call.args, evidenceLimits.maxOrigins);
  const isWhole = shown.length < evidenceLimits.maxOrigins;
  const destinations = isWhole ? [] : listDestinations(call.args, tool.manifest);
  const named = destinations.map(({ value }) => value);
  const origins = [...named, ...shown].map((value) => session.originOf(value).origin);
  const models = [stage1, stage2, secondOpinion].map((how) => how?.model.name ?? '');
  return {
    // the fingerprint stands for tool, action, definition, arguments, agent and session
    text: joinKey(
      call.fingerprint,
      rulesVersion,
      prompts.version,
      policy(),
      joinKey(...models),
      joinKey(...call.seat.agent.roles),
      joinKey(...[...session.labels].toSorted()),
      joinKey(...origins),
      joinKey(...rules.map(({ name }) => name)),
      `${ring} ${env} ${soFar?.verdict ?? ''} ${session.overflowed}`,
    ),
    said: session.userTexts,
  };
}
