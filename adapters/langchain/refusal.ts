import { ToolMessage } from '@langchain/core/messages';
import {
  describeNotDone,
  type SupervisionError,
  toSupervision,
  unwrap,
  type NotDone,
  type Supervision,
} from 'ringfence/spi';
import type { ToolOptions } from './options.ts';

/** Where an answer goes: to a model that called by id, or to a program. */
export interface Addressee {
  readonly tool: string;
  readonly callId: string | undefined;
}

/** A call that was not done, in LangChain's words: a ToolMessage, a text, or the typed error. */
export function answerNotDone(
  { tool, callId }: Addressee,
  outcome: NotDone,
  { deny = 'auto', status = 'error' }: Pick<ToolOptions, 'deny' | 'status'>,
): unknown {
  if (deny === 'throw' || (deny === 'auto' && callId === undefined)) return unwrap(outcome);
  const content = describeNotDone(tool, outcome);
  if (callId === undefined) return content;
  return toMessage({ tool, callId }, content, toSupervision(outcome), status);
}

/** The same for a fault of set-up or a result that is kept back, which is an error in the core. */
export function answerError(
  to: { readonly tool: string; readonly callId: string },
  error: SupervisionError,
  status: 'error' | 'success' = 'error',
): ToolMessage {
  const supervision = { status: 'failed', code: error.code, by: 'ringfence' } as const;
  const content = `The call of \`${to.tool}\` gave no result (${error.code}): ${error.message}.`;
  return toMessage(to, content, supervision, status);
}

function toMessage(
  { tool, callId }: { readonly tool: string; readonly callId: string },
  content: string,
  supervision: Supervision,
  status: 'error' | 'success',
): ToolMessage {
  return new ToolMessage({
    content,
    name: tool,
    tool_call_id: callId,
    status,
    additional_kwargs: { supervision },
  });
}
