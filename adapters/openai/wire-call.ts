import { SupervisionError } from 'ringfence/spi';
import { read, readText } from './reflect.ts';

/** A tool call as it came over the wire, of either API. */
export interface WireCall {
  /** A label from outside: it says where the answer goes, and nothing else. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'function' | 'custom';
  /** The JSON text of the arguments, or the raw input of a custom tool. */
  readonly text: string;
}

/** Of `message.tool_calls`. Throws `ARGS_INVALID` for one that could not be answered. */
export function readChatCall(call: object, position: number): WireCall {
  const kind = readText(call, 'type') === 'custom' ? 'custom' : 'function';
  const body = read(call, kind);
  return toCall(`tool_calls[${position}]`, {
    id: readText(call, 'id'),
    name: readText(body, 'name'),
    kind,
    text: readText(body, kind === 'custom' ? 'input' : 'arguments'),
  });
}

/** Of `response.output`; undefined for what is not a call to be answered. */
export function readItemCall(item: object, position: number): WireCall | undefined {
  const type = readText(item, 'type');
  if (type !== 'function_call' && type !== 'custom_tool_call') return undefined;
  const kind = type === 'custom_tool_call' ? 'custom' : 'function';
  return toCall(`output[${position}]`, {
    id: readText(item, 'call_id'),
    name: readText(item, 'name'),
    kind,
    text: readText(item, kind === 'custom' ? 'input' : 'arguments'),
  });
}

interface Parts {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly kind: WireCall['kind'];
  readonly text: string | undefined;
}

function toCall(place: string, { id, name = '', kind, text = '' }: Parts): WireCall {
  if (id !== undefined && id !== '') return { id, name, kind, text };
  throw new SupervisionError(
    'ARGS_INVALID',
    `\`${place}\` has no id, so that it cannot be answered; pass the calls as the model gave them`,
  );
}

/** The arguments of a function as JSON: servers write none at all for a tool that takes none. */
export function toJson(text: string): string {
  return text.trim() === '' ? '{}' : text;
}
