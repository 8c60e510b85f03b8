export type { Hypervisor, Run, SubmitRequest } from './core/hypervisor/api.ts';
export {
  describeNotDone,
  toSupervision,
  type NotDone,
  type Supervision,
} from './core/hypervisor/refusal-text.ts';
export { unwrap } from './core/hypervisor/supervised-tool.ts';
export type { Agent, Claim, Person, Seat, Session, ToolCall } from './core/model/call.ts';
export type { Deny, Outcome, Review, Ticket } from './core/model/decision.ts';
export { SupervisionError, type ErrorCode } from './core/model/errors.ts';
export type { Json, JsonObject } from './core/model/json.ts';
export { parseJson } from './core/model/parse-json.ts';
export type {
  Bucket,
  Clock,
  Counters,
  EntryBody,
  Ids,
  Linked,
  Log,
  LogEntry,
  Paths,
  Rec,
  RecordKind,
  Records,
  Reserved,
  Sealed,
  Taken,
  Texts,
  Vault,
} from './core/model/ports.ts';
export type {
  Manifest,
  RegisteredTool,
  RunIo,
  ToolDefinition,
  ToolRegistration,
} from './core/model/tool.ts';
export type { Moderator } from './filters/content-moderation.ts';
export { finishAnswer } from './models/finish-answer.ts';
export { toModelError } from './models/model-error.ts';
export { toStrictSchema } from './models/strict-schema.ts';
export { tokensSchema } from './models/token-probability.ts';
