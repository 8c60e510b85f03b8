import type { RuleText } from './rule-files.ts';

/** What is wrong with the rule files, in the shape of the rule loader's problems. */
export interface LoadProblem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** RFC 6901, of the place in the file. */
  readonly pointer: string;
  readonly position?: { readonly offset: number; readonly line: number; readonly column: number };
  readonly rule?: string;
  readonly message: string;
  readonly remedy?: string;
}

export type Loaded<Set> =
  | { readonly ok: true; readonly set: Set; readonly warnings: readonly LoadProblem[] }
  | { readonly ok: false; readonly problems: readonly LoadProblem[] };

export type ReloadResult<Set> =
  | { readonly status: 'activated'; readonly set: Set; readonly warnings: readonly LoadProblem[] }
  /** The contents are those in force. */
  | { readonly status: 'unchanged' }
  /** The last good set stays in force. */
  | { readonly status: 'rejected'; readonly problems: readonly LoadProblem[] };

export interface ReloaderOptions<Set> {
  /** A folder or one file. */
  readonly path: string;
  /** `readRuleFiles`. */
  readonly read: (path: string) => Promise<readonly RuleText[]>;
  readonly load: (files: readonly RuleText[]) => Loaded<Set> | Promise<Loaded<Set>>;
  /** Makes the set current. When it rejects, the last set stays and this one is tried again. */
  readonly activate: (set: Set, files: readonly RuleText[]) => Promise<void>;
  /** Says that the files cannot be put in force; once for the same contents and problems. No files: none could be read. */
  readonly reject: (problems: readonly LoadProblem[], files: readonly RuleText[]) => void;
  /** Says that, after a rejection, the files are again those in force. */
  readonly recover?: () => void;
  /** What the files hold, for messages. Default `rules`. */
  readonly noun?: string;
  /** Without files something else is in force, as at the start. Default false: files that vanish are kept. */
  readonly mayBeEmpty?: boolean;
  /** The files already in force, if any. */
  readonly current?: readonly RuleText[];
}

export interface Reloader<Set> {
  /** Reads, loads and activates; never rejects. Not to be called while one runs. */
  reload(): Promise<ReloadResult<Set>>;
  /** The last set could not be activated: to be tried again without a change of the files. */
  isStale(): boolean;
}

/** Remembers which contents are in force, so that only a change of contents does anything. */
export function createReloader<Set>(options: ReloaderOptions<Set>): Reloader<Set> {
  const { path, noun = 'rules', mayBeEmpty = false } = options;
  let current = options.current;
  let hadFiles = (options.current?.length ?? 0) > 0;
  let rejection: { readonly files: readonly RuleText[]; readonly said: string } | undefined;
  let isStale = false;

  function reject(
    problems: readonly LoadProblem[],
    files: readonly RuleText[] = [],
  ): ReloadResult<Set> {
    const said = JSON.stringify(problems);
    const isKnown = rejection?.said === said && isSameFiles(rejection.files, files);
    rejection = { files, said };
    if (!isKnown) options.reject(problems, files);
    return { status: 'rejected', problems };
  }

  function keep(files: readonly RuleText[]): ReloadResult<Set> {
    if (rejection !== undefined) options.recover?.();
    settle(files);
    return { status: 'unchanged' };
  }

  function settle(files: readonly RuleText[]): void {
    current = files;
    rejection = undefined;
  }

  return {
    isStale: () => isStale,
    async reload() {
      isStale = false;
      const files = await orProblem(path, `the ${noun} cannot be read`, () => options.read(path));
      if ('severity' in files) return reject([files]);
      if (current !== undefined && isSameFiles(current, files)) return keep(files);
      if (files.length === 0 && hadFiles && !mayBeEmpty) return reject([emptied(path, noun)]);
      const loaded = await orProblem(path, `the ${noun} cannot be loaded`, () =>
        options.load(files),
      );
      if ('severity' in loaded) return reject([loaded], files);
      if (!loaded.ok) return reject(loaded.problems, files);
      const failure = await orProblem(path, `the ${noun} cannot be put in force`, async () => {
        await options.activate(loaded.set, files);
        return { done: true };
      });
      isStale = 'severity' in failure;
      if ('severity' in failure) return reject([failure], files);
      settle(files);
      hadFiles = files.length > 0;
      return { status: 'activated', set: loaded.set, warnings: loaded.warnings };
    },
  };
}

/** What the step gives, or what it threw as a problem of the whole folder. */
async function orProblem<T extends object>(
  file: string,
  what: string,
  step: () => T | Promise<T>,
): Promise<T | LoadProblem> {
  try {
    return await step();
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'an error without a message';
    return { severity: 'error', file, pointer: '', message: `${what}: ${detail}` };
  }
}

function emptied(file: string, noun: string): LoadProblem {
  return {
    severity: 'error',
    file,
    pointer: '',
    message: `folder \`${file}\` holds no ${noun} any more; the last ones stay in force`,
    remedy: `put the files back, or a file with the ${noun} you want`,
  };
}

/** By names and contents. Nothing is hashed: for megabytes of rules that would hold up the event loop. */
export function isSameFiles(some: readonly RuleText[], others: readonly RuleText[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ name, text }, index) => {
      const other = others[index];
      return other?.name === name && other.text === text;
    })
  );
}
