export type { Supervised, ToolMessage, ToolOutputItem } from './answer.ts';
export type { Fetch } from './fetch/guarded-request.ts';
export type { ForeignTools, ToolFunction } from './foreign-tool.ts';
export {
  createOpenAIGuard,
  type Answers,
  type OpenAIGuard,
  type OpenAIGuardOptions,
} from './guard.ts';
export { openaiModerator, type OpenAIModeratorOptions } from './moderator.ts';
export type { PendingCall } from './pending.ts';
export type { RunOptions } from './run-turn.ts';
export { assembleSse } from './sse/assemble.ts';
export { defaultStreamLimits, type StreamLimits } from './sse/events.ts';
export { ResponseProblem, responseProblems, type ProblemCode } from './sse/problem.ts';
export { renderSse } from './sse/render.ts';
