import {
  describeNotDone,
  SupervisionError,
  toSupervision,
  type Outcome,
  type Supervision,
} from 'ringfence/spi';
import type { WireCall } from './wire-call.ts';

/** What became of a call, for programs: beside the message, and not sent over the wire. */
export interface Supervised {
  readonly supervision: Supervision | { readonly status: 'done' };
}

export interface ToolMessage {
  readonly role: 'tool';
  readonly tool_call_id: string;
  readonly content: string;
}

export interface ToolOutputItem {
  readonly type: 'function_call_output' | 'custom_tool_call_output';
  readonly call_id: string;
  readonly output: string;
}

/** The text that answers a call, and what a program reads of it. */
export interface Answer extends Supervised {
  readonly text: string;
}

export function toAnswer(tool: string, outcome: Outcome<unknown>): Answer {
  switch (outcome.status) {
    case 'done':
      return { text: toText(outcome.value), supervision: { status: 'done' } };
    case 'failed':
      return toFailure(tool, outcome.error);
    case 'refused':
    case 'pending':
    case 'released':
    case 'unknown':
      return { text: describeNotDone(tool, outcome), supervision: toSupervision(outcome) };
  }
}

/** The tool's own error, or a fault of set-up: an answer, so that the siblings keep theirs. */
export function toFailure(tool: string, error: unknown): Answer {
  const isOurs = error instanceof SupervisionError;
  const code = isOurs ? error.code : 'TOOL_FAILED';
  const supervision = { status: 'failed', code, by: isOurs ? 'ringfence' : 'tool' } as const;
  return { text: `The call of \`${tool}\` failed: ${messageOf(error)}`, supervision };
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'with an error that has no text';
  }
}

/** As openai's own runner writes a result into a message. */
function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    // undefined for what JSON has no word for, such as a function
    const text: string | undefined = JSON.stringify(value);
    return text ?? String(value);
  } catch {
    return 'the tool ran; its result cannot be written as JSON';
  }
}

export function toMessage(id: string, answer: Answer): ToolMessage & Supervised {
  return hide({ role: 'tool', tool_call_id: id, content: answer.text }, answer);
}

export function toItem(
  { id, kind }: Pick<WireCall, 'id' | 'kind'>,
  answer: Answer,
): ToolOutputItem & Supervised {
  const type = kind === 'custom' ? 'custom_tool_call_output' : 'function_call_output';
  return hide({ type, call_id: id, output: answer.text }, answer);
}

// not enumerable: the API refuses fields that it does not know
function hide<T extends object>(message: T, { supervision }: Supervised): T & Supervised {
  const shown: T & Supervised = { ...message, supervision };
  return Object.defineProperty(shown, 'supervision', { enumerable: false });
}
