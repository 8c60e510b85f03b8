import { RE2JS, RE2JSException } from 're2js';

/** A pattern that answers in time linear in the text, whatever pattern and text are. Built when first asked. */
export interface LinearRegex {
  readonly pattern: string;
  /** Whether it occurs anywhere in the text; undefined where the text is too long for this pattern to be searched. */
  test(text: string): boolean | undefined;
  /** Where it occurs, from the left, not overlapping; undefined where that would take too long: search in parts. */
  findAll(text: string): readonly Span[] | undefined;
}

/** A part of a text, in UTF-16 code units; `end` is the first after it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface RegexOptions {
  readonly ignoreCase?: boolean;
}

const maxPattern = 2048;
const maxInstructions = 2000;
// characters times instructions: the slowest pattern takes up to 100 nanoseconds each, a common one under one
const maxSteps = 10_000_000;
const maxStepsOfAll = 100_000_000;
const maxCached = 2000;
const programs = new Map<string, RE2JS>();

/** Why a text is no pattern that can be searched in linear time, with what to write after `; `; undefined if it is one. */
export function findRegexFault(pattern: string, options: RegexOptions = {}): string | undefined {
  if (pattern === '')
    return 'the pattern is empty, so it matches every text; write what it looks for';
  if (pattern.length > maxPattern) {
    return `a pattern has at most ${maxPattern} characters; split it into several`;
  }
  try {
    if (programOf(pattern, options).programSize() <= maxInstructions) return undefined;
    return `the pattern is too large once its repetitions are written out; use smaller counts`;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return explainFault(pattern, error);
  }
}

/** Throws for a pattern in which `findRegexFault` finds a fault, but only when first asked. */
export function compileLinearRegex(pattern: string, options: RegexOptions = {}): LinearRegex {
  let built: Searchable | undefined;
  const searchable = () => (built ??= toSearchable(programOf(pattern, options)));
  return {
    pattern,
    test(text) {
      const { program, maxLength } = searchable();
      return text.length > maxLength ? undefined : program.test(text);
    },
    findAll: (text) => findAll(searchable(), text),
  };
}

interface Searchable {
  readonly program: RE2JS;
  readonly size: number;
  /** UTF-16 code units. */
  readonly maxLength: number;
}

function toSearchable(program: RE2JS): Searchable {
  const size = program.programSize();
  return { program, size, maxLength: Math.floor(maxSteps / size) };
}

/** Every search may read to the end of the text, so the steps of all searches together are bounded. */
function findAll(
  { program, size, maxLength }: Searchable,
  text: string,
): readonly Span[] | undefined {
  if (text.length > maxLength) return undefined;
  const found: Span[] = [];
  const matcher = program.matcher(text);
  let steps = 0;
  while (matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (end > start) found.push({ start, end });
    steps += (text.length - start) * size;
    if (steps > maxStepsOfAll) return undefined;
  }
  return found;
}

/** Programs are kept by pattern: the same one is checked, compiled and, after an edit elsewhere, compiled again. */
function programOf(pattern: string, { ignoreCase = false }: RegexOptions): RE2JS {
  const key = `${ignoreCase ? 'i' : 's'}${pattern}`;
  const known = programs.get(key);
  if (known !== undefined) return known;
  const program = RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  if (programs.size >= maxCached) programs.clear();
  programs.set(key, program);
  return program;
}

function explainFault(pattern: string, error: RE2JSException): string {
  if (/\(\?<?[=!]/.test(pattern)) {
    return 'the pattern looks ahead or behind, which cannot be done in linear time; write it without `(?=`, `(?!`, `(?<=`, `(?<!`';
  }
  if (/\\[1-9]/.test(pattern)) {
    return 'the pattern refers back to a group, which cannot be done in linear time; write it without `\\1`';
  }
  if (/\\u/.test(pattern))
    return 'the pattern has `\\u`; write `\\x{00e9}`, or the character itself';
  if (error.message.includes('repeat')) {
    return 'a repetition of the pattern is wrong or more than 1,000 times; use a smaller count';
  }
  const reason = error.message.replace(/^error parsing regexp: /, '').replace(/: `[^]*$/, '');
  return `the pattern cannot be read: ${reason}; write it in the syntax of RE2`;
}
