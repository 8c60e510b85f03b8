import { SupervisionError } from '../core/model/errors.ts';
import type { Clock } from '../core/model/ports.ts';
import { calibrationSchema, type Curve } from '../core/supervisors/judge/calibration.ts';
import { parseJson } from '../core/model/parse-json.ts';
import { readSteady } from '../files/read-steady.ts';

/** A file of the operator that is read again now and then; what was last good stays. */
export interface OperatorFile<T> {
  current(): T;
  problems(): readonly string[];
  /** Looks from here on, again and again. */
  start(): void;
  close(): void;
}

const maxBytes = 4 * 1_048_576;
const everyMs = 2000;

interface FileOptions<T> {
  readonly path: string;
  readonly clock: Clock;
  readonly parse: (path: string, text: string) => T;
  /** Another content was taken. */
  readonly onChange: () => void;
}

/** Throws `CONFIG_INVALID` where the file cannot be read or is not what it must be at the start. */
export async function openOperatorFile<T>(options: FileOptions<T>): Promise<OperatorFile<T>> {
  const { path, clock, parse, onChange } = options;
  let text = await read(path);
  let value = parse(path, text);
  let problem: string | undefined;
  let cancel: () => void = () => undefined;
  let isClosed = false;
  const look = async (): Promise<void> => {
    try {
      const next = await read(path);
      if (next !== text) {
        const parsed = parse(path, next);
        [text, value] = [next, parsed];
        onChange();
      }
      problem = undefined;
    } catch (error) {
      problem = `${error instanceof Error ? error.message : String(error)} (what was last good stays in use)`;
    }
  };
  const schedule = (): void => {
    if (isClosed) return;
    cancel = clock.after(everyMs, () => void look().then(schedule));
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

function read(path: string): Promise<string> {
  return readSteady(path, { maxBytes, invalid: 'CONFIG_INVALID', unsafe: 'CONFIG_INVALID' });
}

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
  throw new SupervisionError(
    'CONFIG_INVALID',
    `calibration \`${path}\`: \`/${issue?.path.join('/') ?? ''}\` is not what \`ringfence judge-bench --calibrate\` writes; write it again`,
  );
}
