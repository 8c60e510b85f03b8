export type { Hypervisor, PendingApproval, SubmitRequest } from './core/hypervisor/api.ts';
export {
  supervise,
  type CallOptions,
  type SupervisedTool,
} from './core/hypervisor/supervised-tool.ts';
export type {
  Agent,
  Claim,
  Facts,
  KillScope,
  PastCall,
  Person,
  Seat,
  Session,
  ToolCall,
  UserSaid,
} from './core/model/call.ts';
export type {
  Allow,
  CallSummary,
  Decision,
  Demand,
  Deny,
  Explanation,
  JudgeReport,
  LimitUse,
  Outcome,
  Review,
  Ticket,
  Verdict,
} from './core/model/decision.ts';
export { SupervisionError, errorCodes, type ErrorCode } from './core/model/errors.ts';
export type { Filter, Gate, Supervisor } from './core/model/extension.ts';
export type { Json } from './core/model/json.ts';
export type {
  Manifest,
  RegisteredTool,
  Ring,
  RunIo,
  ToolDefinition,
  ToolSpec,
} from './core/model/tool.ts';
export type { Model, ModelAnswer, ModelMessage, ModelRequest } from './core/model/model-port.ts';
export type { Prompt, PromptSet } from './core/model/prompt.ts';
export type { CanaryCase, CanaryScene } from './core/supervisors/judge/canary.ts';
export type { HybridSupervisor } from './core/supervisors/hybrid.ts';
export type { LLMSupervisor } from './core/supervisors/llm.ts';
export type { RuleBasedSupervisor } from './core/supervisors/rule-based.ts';
export { brandGuidelines, type BrandGuidelinesOptions } from './filters/brand-guidelines.ts';
export {
  contentModeration,
  type ContentModerationOptions,
  type Moderator,
} from './filters/content-moderation.ts';
export { htmlEscape, type HtmlEscapeOptions } from './filters/html-escape.ts';
export { maxLength, type MaxLengthOptions } from './filters/max-length.ts';
export { modelModerator } from './filters/model-moderator.ts';
export type { ModelModeratorOptions } from './filters/moderate-by-model.ts';
export { pii, type PiiKind, type PiiOptions } from './filters/pii.ts';
export { secrets, type SecretsOptions } from './filters/secrets.ts';
export type { Side } from './filters/sides.ts';
export { sqlReadOnly, type SqlReadOnlyOptions } from './filters/sql-read-only.ts';
export { urlAllowlist, type UrlAllowlistOptions } from './filters/url-allowlist.ts';
export { openaiModel } from './models/openai.ts';
export type { OpenAIModelOptions } from './models/openai-options.ts';
export type { PromptManager } from './files/prompt-manager.ts';
export type { JudgeSettings } from './judge/settings.ts';
export type { HypervisorOptions } from './setup.ts';
export { createHypervisor, createHypervisorFromConfig } from './start.ts';
export { logToPino } from './observe/pino.ts';
