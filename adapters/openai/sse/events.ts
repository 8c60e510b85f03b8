import { ResponseProblem } from './problem.ts';

/** Bounds of what is buffered of one response. */
export interface StreamLimits {
  /** Default 8 MiB (8,388,608 bytes). */
  readonly maxBytes: number;
  /** Default 10,000. */
  readonly maxEvents: number;
}

export const defaultStreamLimits: StreamLimits = { maxBytes: 8 * 1024 * 1024, maxEvents: 10_000 };

/** One event of a stream: its name, where it has one, and its data. */
export interface SseEvent {
  readonly name: string | undefined;
  readonly data: string;
}

/**
 * Reads server-sent events, more strictly than the standard: whatever two readers might read differently
 * (bytes that are not UTF-8, a byte order mark, lines that are no known field) is a `ResponseProblem`.
 */
export function readSse(bytes: Uint8Array, limits: StreamLimits): readonly SseEvent[] {
  if (bytes.byteLength > limits.maxBytes) throw new ResponseProblem('RESPONSE_TOO_LARGE');
  const events: SseEvent[] = [];
  let name: string | undefined;
  let data: string[] = [];
  const dispatch = (): void => {
    if (data.length > 0) events.push({ name, data: data.join('\n') });
    if (events.length > limits.maxEvents) throw new ResponseProblem('TOO_MANY_EVENTS');
    name = undefined;
    data = [];
  };
  for (const line of decodeText(bytes).split(/\r\n|\n|\r/)) {
    if (line === '') dispatch();
    else if (line.startsWith(':')) continue;
    else if (line.startsWith('data:')) data.push(valueOf(line, 5));
    else if (line.startsWith('event:')) name = valueOf(line, 6);
    else if (!/^(?:id|retry):/.test(line)) throw new ResponseProblem('BAD_LINE');
  }
  dispatch();
  return events;
}

function valueOf(line: string, from: number): string {
  return line.slice(line[from] === ' ' ? from + 1 : from);
}

/** Throws for what is not UTF-8, and for a byte order mark: some readers drop it, others keep it. */
export function decodeText(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ResponseProblem('NOT_UTF8');
  }
  if (text.startsWith('\uFEFF')) throw new ResponseProblem('NOT_UTF8');
  return text;
}
