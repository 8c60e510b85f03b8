import type { Inside } from '../core/hypervisor/assembly.ts';
import { describeThrown } from '../core/model/describe-thrown.ts';
import { SupervisionError } from '../core/model/errors.ts';
import type { Clock } from '../core/model/ports.ts';
import type { PromptSet } from '../core/model/prompt.ts';
import { findPromptPaths, isPromptFileName, readPromptFolder } from './prompt-folder.ts';
import type { PromptProblem } from './prompt-file.ts';
import { loadPrompts, type LoadedPrompts } from './prompt-set.ts';
import type { Loaded, LoadProblem } from './reload-rules.ts';
import { createRuleWatcher, type RuleWatcher } from './rule-watcher.ts';

/** The prompts in use: files that change while agents run, the last good set where they are wrong. */
export interface PromptManager {
  /** Read once a judgement; replaced as a whole. */
  current(): PromptSet;
  /** Why the files on disk are not what is in use; empty when they are. */
  problems(): readonly string[];
  /** Where prompts lie, links followed: out of bounds for every tool. */
  paths(): readonly string[];
  /** Watches the overrides from here on. */
  start(inside: Pick<Inside, 'journal' | 'emit'>): Promise<void>;
  /** Reads the overrides now. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

export interface PromptManagerOptions {
  /** The prompts that ship. */
  readonly shipped: string;
  /** A folder whose prompts take the place of shipped ones of the same name. */
  readonly overrides?: string;
  readonly clock: Clock;
  /** A set was replaced: what was remembered under the old one is of no use any more. */
  readonly onChange?: () => void;
}

/** Reads all prompts. Throws `PROMPT_INVALID` with every mistake of every file: there is no last good set yet. */
export async function openPromptManager(options: PromptManagerOptions): Promise<PromptManager> {
  const { shipped: shippedFolder, overrides, clock } = options;
  const shipped = await readPromptFolder(shippedFolder);
  const given = overrides === undefined ? [] : await readPromptFolder(overrides);
  const first = loadPrompts(shipped, given);
  if (!first.ok) throw invalid(first.problems);
  let set = first.set;
  let problems: readonly string[] = [];
  let paths = await pathsOf(options);
  let watcher: RuleWatcher<PromptSet> | undefined;

  const putInUse = async (next: PromptSet, inside: Pick<Inside, 'journal' | 'emit'>) => {
    const entry = {
      type: 'prompts.activated',
      time: clock.nowMs(),
      from: set.version,
      to: next.version,
    };
    await inside.journal(entry);
    set = next;
    problems = [];
    paths = [...new Set([...paths.slice(-maxPaths), ...(await pathsOf(options))])];
    options.onChange?.();
    inside.emit('prompts.activated', entry);
  };

  return {
    current: () => set,
    problems: () => problems,
    paths: () => paths,
    async start(inside) {
      if (overrides === undefined) return;
      watcher = createRuleWatcher<PromptSet>({
        path: overrides,
        noun: 'prompts',
        isOurs: isPromptFileName,
        mayBeEmpty: true,
        read: readPromptFolder,
        load: (files) => toLoaded(loadPrompts(shipped, files)),
        activate: (next) => putInUse(next, inside),
        reject(found) {
          problems = found.map(describe);
          for (const reason of problems) inside.emit('prompts.rejected', { reason });
        },
        recover() {
          problems = [];
          inside.emit('prompts.recovered', { to: set.version });
        },
        watchFailed: (error) => inside.emit('prompts.unwatched', { reason: describeThrown(error) }),
        current: given,
        clock,
      });
      await watcher.start();
    },
    async reload() {
      await watcher?.reload();
    },
    async close() {
      await watcher?.close();
    },
  };
}

/** Of places that prompts had before, so that links that are swapped stay protected. */
const maxPaths = 256;

async function pathsOf({ shipped, overrides }: PromptManagerOptions): Promise<readonly string[]> {
  const folders = overrides === undefined ? [shipped] : [shipped, overrides];
  return (await Promise.all(folders.map(findPromptPaths))).flat();
}

function toLoaded(loaded: LoadedPrompts): Loaded<PromptSet> {
  if (loaded.ok) return { ok: true, set: loaded.set, warnings: [] };
  return { ok: false, problems: loaded.problems.map(toProblem) };
}

function toProblem({ file, line, column, message }: PromptProblem): LoadProblem {
  const position = { offset: 0, line, column };
  return { severity: 'error', file, pointer: '', position, message };
}

function describe({ file, position, message }: LoadProblem): string {
  const place = position === undefined ? '' : `:${position.line}:${position.column}`;
  return `prompt \`${file}${place}\`: ${message}`;
}

function invalid(problems: readonly PromptProblem[]): SupervisionError {
  const said = problems.map((problem) => describe(toProblem(problem)));
  return new SupervisionError('PROMPT_INVALID', said.join('; '));
}
