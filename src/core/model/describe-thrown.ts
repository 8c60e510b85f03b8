import { SupervisionError } from './errors.ts';

/** Of the whole description, UTF-16 units. */
const maxChars = 480;
const maxCauses = 3;
const maxFrames = 3;
const plainName = /^[A-Za-z][\w$]{0,60}$/;
const plainCode = /^[A-Z][A-Z0-9_]{0,60}$/;
/** The end of a line of a stack: the file without its folders, line and column. */
const frame = /(?:^|[/\\ (])([\w.-]{1,80}\.[cm]?[jt]s:\d{1,9}:\d{1,9})\)?$/;

/**
 * Any thrown value, for operators: one line, bounded, and never an error of its own.
 * Of our own errors code and words; of others only what they are, where they were thrown and what caused them, since
 * their words may repeat arguments, addresses and passwords.
 */
export function describeThrown(thrown: unknown): string {
  const parts: string[] = [];
  let next: unknown = thrown;
  for (let depth = 0; depth <= maxCauses; depth += 1) {
    parts.push(describeOne(next));
    next = read(next, 'cause');
    if (next === undefined) break;
  }
  return parts.join(', caused by ').slice(0, maxChars).toWellFormed();
}

function describeOne(thrown: unknown): string {
  if (!isError(thrown)) return `a thrown ${thrown === null ? 'null' : typeof thrown}`;
  const words = ownWords(thrown);
  if (words !== undefined) return words;
  const name = pick(read(thrown, 'name'), plainName) ?? 'Error';
  const code = pick(read(thrown, 'code'), plainCode);
  const frames = framesOf(thrown);
  const where = frames.length === 0 ? '' : ` at ${frames.join(' < ')}`;
  return `${name}${code === undefined ? '' : ` ${code}`}${where}`;
}

function ownWords(thrown: object): string | undefined {
  try {
    if (!(thrown instanceof SupervisionError)) return undefined;
    return `${thrown.code}: ${thrown.message.replaceAll(/[\p{C}\p{Z}]+/gu, ' ')}`;
  } catch {
    return undefined;
  }
}

/** Lines of a message that look like places are none. */
function framesOf(thrown: object): readonly string[] {
  const [stack, message] = [read(thrown, 'stack'), read(thrown, 'message')];
  if (typeof stack !== 'string' || typeof message !== 'string') return [];
  const start = stack.indexOf(message);
  if (start < 0) return [];
  const lines = stack.slice(start + message.length).split('\n', 50);
  return lines.flatMap((line) => frame.exec(line)?.[1] ?? []).slice(0, maxFrames);
}

function isError(thrown: unknown): thrown is object {
  try {
    return thrown instanceof Error;
  } catch {
    return false;
  }
}

/** Undefined for what cannot be read: a getter or a proxy may throw. */
function read(from: unknown, key: string): unknown {
  if (typeof from !== 'object' || from === null) return undefined;
  try {
    return Reflect.get(from, key);
  } catch {
    return undefined;
  }
}

function pick(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}
