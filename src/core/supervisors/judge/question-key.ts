import { joinKey } from '../../model/length-prefixed.ts';
import type { PromptSet } from '../../model/prompt.ts';
import { describeDestinations, listDestinations } from './destinations.ts';
import { describeOrigin, evidenceLimits } from './evidence.ts';
import type { JudgeQuestion } from './judgement.ts';
import { listLeafValues } from './leaves.ts';
import { describeLimits } from './limits-left.ts';
import type { QuestionKey } from './memory.ts';
import { describePast } from './past-calls.ts';
import type { QuestionerOptions } from './questioner.ts';

/**
 * All that the model is shown and that can change between two questions, but the time: an answer is kept for a short while.
 * What is left out here could be answered for somebody else.
 */
export function keyOf(
  { call, facts, rulesVersion, rules, limits = [] }: JudgeQuestion,
  prompts: PromptSet,
  { policy }: QuestionerOptions,
): QuestionKey {
  const { session, tool, ring, env, soFar } = facts;
  // of just those that the model is shown
  const shown = listLeafValues(call.args, evidenceLimits.maxOrigins);
  const isWhole = shown.length < evidenceLimits.maxOrigins;
  const destinations = isWhole ? [] : listDestinations(call.args, tool.manifest);
  const named = destinations.map(({ value }) => value);
  const origins = [...named, ...shown].map((value) => {
    const { origin, foundIn } = describeOrigin(session.originOf(value));
    return joinKey(origin, ...foundIn);
  });
  const past = describePast(call.tool, facts.history, evidenceLimits.maxHistory);
  return {
    // the fingerprint stands for tool, action, definition, arguments, agent and session
    text: joinKey(
      call.fingerprint,
      rulesVersion,
      prompts.version,
      policy(),
      joinKey(...call.seat.agent.roles),
      joinKey(...[...session.labels].toSorted()),
      joinKey(...origins),
      JSON.stringify(past),
      JSON.stringify([describeDestinations(call.args, facts), describeLimits(limits)]),
      joinKey(...rules.map(({ name }) => name)),
      `${ring} ${env} ${soFar?.verdict ?? ''} ${session.overflowed}`,
    ),
    said: session.userTexts,
  };
}
