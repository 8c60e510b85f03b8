import type { Inside } from '../core/hypervisor/assembly.ts';
import { describeThrown } from '../core/model/describe-thrown.ts';
import { SupervisionError } from '../core/model/errors.ts';
import type { Clock } from '../core/model/ports.ts';
import { calibrationSchema, type Curve } from '../core/supervisors/judge/calibration.ts';
import { parseJson } from '../core/model/parse-json.ts';
import { sha256Hex } from '../core/model/sha256.ts';
import { checkPlaceOf } from '../files/check-permissions.ts';
import { readSteady } from '../files/read-steady.ts';

/** A file of the operator that is read again now and then; what was last good stays. */
export interface OperatorFile<T> {
  current(): T;
  problems(): readonly string[];
  /** Looks from here on, again and again; another content is in the log before it counts. */
  start(inside: Pick<Inside, 'journal' | 'emit'>): void;
  close(): void;
}

const maxBytes = 4 * 1_048_576;
const everyMs = 2000;

export interface FileOptions<T> {
  readonly path: string;
  /** As events and the log name it. */
  readonly noun: 'policy' | 'calibration';
  readonly clock: Clock;
  readonly parse: (path: string, text: string) => T;
  /** Another content was taken. */
  readonly onChange: () => void;
}

/** Throws `CONFIG_INVALID` where the file cannot be read or is not what it must be at the start. */
export async function openOperatorFile<T>(options: FileOptions<T>): Promise<OperatorFile<T>> {
  const { path, noun, clock, parse, onChange } = options;
  let text = await read(path, noun);
  let value = parse(path, text);
  let problem: string | undefined;
  let cancel: () => void = () => undefined;
  let isClosed = false;
  const take = async (next: string, { journal, emit }: Told): Promise<void> => {
    const parsed = parse(path, next);
    const hashes = { from: sha256Hex(text), to: sha256Hex(next) };
    const entry = { type: `${noun}.activated`, time: clock.nowMs(), ...hashes };
    await journal(entry);
    [text, value] = [next, parsed];
    onChange();
    emit(entry.type, entry);
  };
  const look = async (inside: Told): Promise<void> => {
    try {
      const next = await read(path, noun);
      if (next !== text) await take(next, inside);
      problem = undefined;
    } catch (error) {
      const reason = describeThrown(error);
      const found = `${reason} (what was last good stays in use)`;
      // once, and not every time that it is still so
      if (found !== problem) inside.emit(`${noun}.rejected`, { reason });
      problem = found;
    }
  };
  const schedule = (inside: Told): void => {
    if (isClosed) return;
    cancel = clock.after(everyMs, () => void look(inside).then(() => schedule(inside)));
  };
  return {
    current: () => value,
    problems: () => (problem === undefined ? [] : [problem]),
    start: schedule,
    close() {
      isClosed = true;
      cancel();
    },
  };
}

type Told = Pick<Inside, 'journal' | 'emit'>;

/** What a newcomer does where there is none yet. */
const remedies = {
  policy: 'write what agents may do, or leave it out of the configuration',
  calibration:
    '`ringfence judge-bench --calibrate` writes it; leave it out of the configuration until then, and persons are asked',
} as const;

async function read(path: string, noun: keyof typeof remedies): Promise<string> {
  const code = 'CONFIG_INVALID';
  try {
    const text = await readSteady(path, { maxBytes, invalid: code, unsafe: code });
    await checkPlaceOf(path, code);
    return text;
  } catch (error) {
    if (!isMissing(error)) throw error;
    const message = `${noun} \`${path}\` does not exist; ${remedies[noun]}`;
    throw new SupervisionError(code, message, { cause: error });
  }
}

function isMissing(error: unknown): boolean {
  const { cause } = error instanceof Error ? error : {};
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

/** The operator's words as they are; a file without any is one that is being written. */
export function parsePolicy(path: string, text: string): string {
  if (text.startsWith('\uFEFF')) {
    const message = `policy \`${path}\` begins with a byte order mark; save it as UTF-8 without one`;
    throw new SupervisionError('CONFIG_INVALID', message);
  }
  if (text.trim() !== '') return text;
  const message = `policy \`${path}\` is empty; ${remedies.policy}`;
  throw new SupervisionError('CONFIG_INVALID', message);
}

const foreign = 'is not what belongs there';

/** What `ringfence judge-bench --calibrate` writes. */
export function parseCalibration(path: string, text: string): readonly Curve[] {
  const parsed = parseJson(text);
  if (!parsed.ok) {
    const { line, column } = parsed.problem.position;
    throw new SupervisionError(
      'CONFIG_INVALID',
      `calibration \`${path}:${line}:${column}\`: ${parsed.problem.message}`,
    );
  }
  const checked = calibrationSchema.safeParse(parsed.value);
  if (checked.success) return checked.data.curves;
  const [issue] = checked.error.issues;
  const place = `calibration \`${path}\`: \`/${issue?.path.join('/') ?? ''}\``;
  const what = issue?.code === 'custom' ? issue.message : foreign;
  throw new SupervisionError(
    'CONFIG_INVALID',
    `${place} ${what}; write it again with \`ringfence judge-bench --calibrate\``,
  );
}
