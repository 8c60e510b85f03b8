import type { Verdict } from '../model/decision.ts';
import type { Json } from '../model/json.ts';
import { quote } from '../model/quote.ts';
import {
  type CommandPattern,
  type WordTest,
  compilePattern,
  compileWord,
  findPatternFault,
  matchWord,
  matchWords,
} from '../shell/command-pattern.ts';
import { type CommandPart, type CommandReading, isExact } from '../shell/command-part.ts';
import type { Likeness } from '../shell/likeness.ts';
import type { NameReading } from '../shell/match-text.ts';
import { maxCommandLength, readCommand } from '../shell/read-command.ts';
import { programName } from '../shell/unwrap.ts';
import { toTold } from './remedy.ts';
import type { Finding } from './problem.ts';
import type { CommandSource } from './source.ts';
import { type Truth, both, either } from './truth.ts';

interface CommandPlan {
  readonly any: PatternIndex;
  readonly env: readonly WordTest[];
  readonly reads: readonly WordTest[];
  readonly writes: readonly WordTest[];
}

/**
 * Under a rule that restricts it is true if anything that the command line does is named; under one that approves only
 * if everything is. What cannot be read is an error, unless what could be read decides.
 */
export function compileCommand(source: CommandSource, verdict: Verdict): (value: Json) => Truth {
  const plan = toPlan(source);
  const test = verdict === 'allow' ? isAllNamed : isAnyNamed;
  return (value) => test(plan, readOnce(value));
}

function toPlan(source: CommandSource): CommandPlan {
  const { any = [], env = [], reads = [], writes = [] } = partsOf(source);
  return {
    any: indexPatterns(any.map(compilePattern)),
    env: env.map(compileWord),
    reads: reads.map(compileWord),
    writes: writes.map(compileWord),
  };
}

/** Patterns by the program that they name, so that a command is compared with few. */
interface PatternIndex {
  readonly all: readonly CommandPattern[];
  readonly byName: ReadonlyMap<string, readonly CommandPattern[]>;
  /** Those whose first word may be several programs. */
  readonly wide: readonly CommandPattern[];
}

function indexPatterns(all: readonly CommandPattern[]): PatternIndex {
  const isWide = ({ words: [name] }: CommandPattern) =>
    name === undefined || name.isMany || name.wild.length > 0;
  const wide = all.filter(isWide);
  const byName = new Map<string, CommandPattern[]>();
  for (const pattern of all) {
    const [name] = pattern.words;
    if (name === undefined || isWide(pattern)) continue;
    for (const program of new Set(name.texts.map(programName))) {
      const named = byName.get(program) ?? [...wide];
      named.push(pattern);
      byName.set(program, named);
    }
  }
  return { all, byName, wide };
}

function candidatesOf(index: PatternIndex, { words: [name] }: CommandPart) {
  if (name === undefined || !isExact(name)) return index.all;
  return index.byName.get(programName(name.text)) ?? index.wide;
}

type Patterns = Partial<Record<'any' | 'env' | 'reads' | 'writes', readonly string[]>>;

function partsOf(source: CommandSource): Patterns {
  if (typeof source === 'string') return { any: [source] };
  if (!('any' in source || 'env' in source || 'reads' in source || 'writes' in source)) {
    return Array.isArray(source) ? { any: source } : {};
  }
  return Object.fromEntries(
    Object.entries(source).map(([key, value]) => [
      key,
      typeof value === 'string' ? [value] : value,
    ]),
  );
}

function isAllNamed(plan: CommandPlan, { parts, isPartial }: CommandReading): Truth {
  let truth: Truth = isPartial ? 'error' : parts.length > 0;
  for (const part of parts) {
    truth = both(truth, isPartNamed(plan, part));
    if (truth === false) return false;
  }
  return truth;
}

function isPartNamed(plan: CommandPlan, part: CommandPart): Truth {
  let truth: Truth =
    part.words.length === 0 ||
    anyOf(candidatesOf(plan.any, part), (pattern) => matchPart(pattern, part, 'exact'));
  for (const name of part.env) truth = both(truth, isNamed(plan.env, name, 'exact'));
  for (const file of part.reads) truth = both(truth, isNamed(plan.reads, file, 'exact'));
  for (const file of part.writes) truth = both(truth, isNamed(plan.writes, file, 'exact'));
  return truth;
}

function isAnyNamed(plan: CommandPlan, { parts, isPartial }: CommandReading): Truth {
  let truth: Truth = isPartial ? 'error' : false;
  for (const part of parts) {
    truth = either(
      truth,
      anyOf(candidatesOf(plan.any, part), (pattern) => matchPart(pattern, part, 'any_path')),
    );
    for (const name of part.env) truth = either(truth, isNamed(plan.env, name, 'any_path'));
    for (const file of part.reads) truth = either(truth, isNamed(plan.reads, file, 'any_path'));
    for (const file of part.writes) truth = either(truth, isNamed(plan.writes, file, 'any_path'));
    if (truth === true) return true;
  }
  return truth;
}

function matchPart(pattern: CommandPattern, part: CommandPart, reading: NameReading): Likeness {
  if (pattern.piped && !part.piped) return 'no';
  return matchWords(pattern, part.words, reading);
}

function isNamed(patterns: readonly WordTest[], text: string, reading: NameReading): Truth {
  return anyOf(patterns, (pattern) => matchWord(pattern, text, reading));
}

const truthOf = { yes: true, no: false, maybe: 'error' } as const satisfies Record<Likeness, Truth>;

function anyOf<T>(items: readonly T[], like: (item: T) => Likeness): Truth {
  let truth: Truth = false;
  for (const item of items) {
    truth = either(truth, truthOf[like(item)]);
    if (truth === true) return true;
  }
  return truth;
}

const maxRemembered = 64;
const maxRememberedLength = 4096;
const remembered = new Map<string, CommandReading>();
let lastLong: { readonly text: string; readonly reading: CommandReading } | undefined;

/** Several rules ask about the same text: it is read once, as long as few others came between. */
function readOnce(value: Json): CommandReading {
  if (typeof value !== 'string' || value.length > maxCommandLength) return readCommand(value);
  const known = lastLong?.text === value ? lastLong.reading : remembered.get(value);
  if (known !== undefined) return known;
  const reading = readCommand(value);
  if (value.length > maxRememberedLength) {
    lastLong = { text: value, reading };
    return reading;
  }
  if (remembered.size >= maxRemembered) remembered.clear();
  remembered.set(value, reading);
  return reading;
}

/** What is wrong with the patterns of a `command` predicate. */
export function checkCommand(source: CommandSource, path: Finding['path']): readonly Finding[] {
  const parts = Object.entries(partsOf(source));
  if (parts.length === 0) {
    const remedy = 'name commands under `any`, or files under `reads` and `writes`';
    return [{ path, message: 'there is no pattern here', remedy }];
  }
  const isObject = typeof source === 'object' && !Array.isArray(source);
  return parts.flatMap(([key, patterns]) =>
    patterns.flatMap((pattern, index) => {
      const fault = key === 'any' ? findPatternFault(pattern) : findNameFault(pattern, key);
      if (fault === undefined) return [];
      const base = isObject ? [...path, key] : path;
      const isList = isObject ? isListAt(source, key) : typeof source !== 'string';
      return [{ path: isList ? [...base, index] : base, ...toTold(fault) }];
    }),
  );
}

function isListAt(source: object, key: string): boolean {
  return Object.entries(source).some(([name, value]) => name === key && Array.isArray(value));
}

function findNameFault(pattern: string, key: string): string | undefined {
  if (key === 'env' && !/^[A-Za-z_*?{}][\w*?{},]*$/.test(pattern))
    return `${quote(pattern)} is no name of a variable; write a name such as \`LANG\` or \`LC_*\``;
  if (/[\s"'\\`$;|&<>()]/.test(pattern))
    return 'a file pattern has no spaces, quotes or signs of the shell; use `?` for a single character';
  return findPatternFault(pattern);
}
