import type { MessagePort } from 'node:worker_threads';
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
  readonly files: readonly RuleFile[];
  /** Those in force, to compare with. */
  readonly against: readonly RuleFile[] | undefined;
  readonly options: LoadOptions;
  /** The rules go here, some at a time, so that whoever reads can pause in between. */
  readonly port: MessagePort;
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
export function doRuleWork({ files, against, options, port }: RuleWork): RuleWorkReply {
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
