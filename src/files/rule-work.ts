import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { JsonObject } from '../core/model/json.ts';
import type { Defaults } from '../core/rules/decide.ts';
import { diffRules, type RulesDiff } from '../core/rules/diff.ts';
import {
  loadRules,
  type LoadOptions,
  type RuleFile,
  type RuleProblem,
  type TestCount,
} from '../core/rules/load.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import type { ListItem, RuleSource } from '../core/rules/source.ts';

/** What the other thread is asked: checked are the very texts, so that no file can be swapped in between. */
export interface RuleWork {
  readonly files: readonly FileHead[];
  /** Those in force, to compare with. */
  readonly against: readonly FileHead[] | undefined;
  readonly options: LoadOptions;
  /** The texts wait here in parts, those of `files` first; the rules go back some at a time: nobody holds up his thread. */
  readonly port: MessagePort;
}

/** A file whose text comes apart. */
export interface FileHead {
  readonly name: string;
  readonly parts: number;
}

/** Of a text in one message (UTF-16 units): less than half a millisecond to write. */
const partChars = 65_536;

export function toHead({ name, text }: RuleFile): FileHead {
  return { name, parts: Math.ceil(text.length / partChars) };
}

export function* partsOf(files: readonly RuleFile[]): Generator<string> {
  for (const { text } of files) {
    for (let at = 0; at < text.length; at += partChars) yield text.slice(at, at + partChars);
  }
}

function receive(heads: readonly FileHead[], port: MessagePort): readonly RuleFile[] {
  return heads.map(({ name, parts }) => {
    const texts = Array.from({ length: parts }, () => receivePart(port));
    return { name, text: texts.join('') };
  });
}

function receivePart(port: MessagePort): string {
  const part: unknown = receiveMessageOnPort(port)?.message;
  if (typeof part === 'string') return part;
  throw new Error('a part of a rule file is missing');
}

/** Plain data: what a thread can hand to another. */
export type RuleWorkReply =
  | {
      readonly ok: true;
      readonly version: string;
      readonly defaults: Defaults;
      readonly lists: readonly (readonly [string, readonly ListItem[]])[];
      readonly warnings: readonly RuleProblem[];
      readonly tests: TestCount;
      readonly diff: RulesDiff;
      readonly rules: number;
    }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] };

/** A checked rule as text: a thread reads short texts much faster than it copies objects. */
export interface SentRule {
  readonly file: string;
  readonly raw: JsonObject;
  /** Left out where it is the very same. */
  readonly source?: RuleSource;
}

/** Rules in one message: about a tenth of a millisecond to read. */
const rulesAtOnce = 20;

/** Checks, tests and compares, and sends the rules through the port before the answer is given. */
export function doRuleWork({ options, port, ...heads }: RuleWork): RuleWorkReply {
  const files = receive(heads.files, port);
  const against = heads.against && receive(heads.against, port);
  const loaded = loadRules(files, options);
  if (!loaded.ok) return loaded;
  const { set, warnings, tests } = loaded;
  const before = against === undefined ? undefined : loadSound(against, options);
  for (let from = 0; from < set.rules.length; from += rulesAtOnce) {
    port.postMessage(JSON.stringify(set.rules.slice(from, from + rulesAtOnce).map(toSent)));
  }
  return {
    ok: true,
    version: set.version,
    defaults: set.defaults,
    lists: [...set.lists],
    warnings,
    tests,
    diff: diffRules(before, set),
    rules: set.rules.length,
  };
}

/** What is in force was sound; where it is not any more, an empty set stands for it and every rule counts as added. */
function loadSound(files: readonly RuleFile[], options: LoadOptions): RuleSet | undefined {
  const loaded = loadRules(files, options);
  if (loaded.ok) return loaded.set;
  const nothing = loadRules([], options);
  return nothing.ok ? nothing.set : undefined;
}

function toSent({ file, raw, source }: RuleSet['rules'][number]): SentRule {
  return JSON.stringify(raw) === JSON.stringify(source) ? { file, raw } : { file, raw, source };
}
