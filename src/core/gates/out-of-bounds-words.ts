import {
  changingCommands,
  changingFindOption,
  commandNames,
  commandPrefixes,
  shells,
} from './out-of-bounds-commands.ts';

/** One simple command of a line: its words with quotes and escapes taken off. */
export interface Segment {
  readonly words: readonly string[];
  /** Segments joined by `|` share the number. */
  readonly pipeline: number;
  /** Holds `$NAME`, `${…}`, `$(…)`, a backtick, `$1` … where a shell would put something else. */
  readonly expands: 'no' | 'parameter' | 'yes';
}

/** Text read as a shell would read it. */
export interface CommandText {
  readonly segments: readonly Segment[];
  /** A quote is not closed. */
  readonly unbalanced: boolean;
  /** An expansion and a slash are parts of one word. */
  readonly expandsInPath: boolean;
}

/** A word being read. */
interface Draft {
  text: string;
  started: boolean;
  expands: boolean;
  afterTick: boolean;
}

/** How deep commands within quotes of commands are read. */
const maxNesting = 3;

/**
 * Splits text into simple commands and words, joining quoted and escaped pieces (`ru"le"s` is one word); what a
 * command quotes is read as a command too. Never fails: prose gives words as well. `windows`: a backslash is no escape.
 */
export function splitCommand(text: string, options: { readonly windows: boolean }): CommandText {
  const scan = scanText(text, options, { literalQuotes: false });
  // with an open quote no shell runs the text as it is: what looked quoted may not be
  const read = scan.unbalanced
    ? { ...scanText(text, options, { literalQuotes: true }), unbalanced: true }
    : scan;
  const nested = splitNested(read.segments, options, maxNesting);
  return nested.length === 0 ? read : { ...read, segments: [...read.segments, ...nested] };
}

function splitNested(
  segments: readonly Segment[],
  options: { readonly windows: boolean },
  depth: number,
): readonly Segment[] {
  if (depth === 0) return [];
  const found: Segment[] = [];
  for (const segment of segments) {
    const quoted = isCommand(segment.words) ? segment.words.filter((word) => /\s/.test(word)) : [];
    for (const word of quoted) {
      const inner = scanText(word, options, { literalQuotes: false }).segments;
      const placed = inner.map(({ words, expands }): Segment => {
        const { pipeline } = segment;
        return { words, pipeline, expands: hasShell(segment) ? expands : 'no' };
      });
      found.push(...placed, ...splitNested(placed, options, depth - 1));
    }
  }
  return found;
}

function scanText(
  text: string,
  { windows }: { readonly windows: boolean },
  { literalQuotes }: { readonly literalQuotes: boolean },
): CommandText {
  const segments: Segment[] = [];
  let words: string[] = [];
  let expands: Segment['expands'] = 'no';
  let pipeline = 0;
  let word: Draft = newDraft();
  let quote = '';
  let expandsInPath = false;
  let quotedExpansion = false;

  const endWord = (): void => {
    if (word.started) words.push(word.text);
    if (word.expands && word.text.includes('/')) expandsInPath = true;
    word = newDraft();
  };
  const endSegment = (isPipe: boolean): void => {
    endWord();
    if (words.length > 0) segments.push({ words, pipeline, expands });
    words = [];
    expands = 'no';
    if (!isPipe) pipeline += 1;
  };

  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote === "'") {
      if (char === "'") quote = '';
      else {
        if (char === '$' || char === '`') quotedExpansion = true;
        word.text += char;
      }
      continue;
    }
    if (char === '\\' && !windows) {
      at += 1;
      word.started = true;
      if (text[at] !== '\n') word.text += text.charAt(at);
      continue;
    }
    if (char === '$') {
      const kind = expansionAt(text, at + 1);
      if (kind === 'yes') word.expands = true;
      if (text[at + 1] === '(' && isGluedOutput(text, at)) expandsInPath = true;
      if (kind !== 'no' && expands !== 'yes') expands = kind;
    }
    if (char === '`') {
      expands = 'yes';
      if (!word.afterTick && isGluedCommand(text, at)) expandsInPath = true;
      word.afterTick = true;
      endWord();
      continue;
    }
    if (!literalQuotes && (char === '"' || char === "'")) {
      if (quote === '') quote = char;
      else if (quote === char) quote = '';
      word.started = true;
      continue;
    }
    if (quote === '' && isSpace(char)) {
      if (char === '\n' || char === '\r') endSegment(false);
      else endWord();
      continue;
    }
    if (quote === '' && ';|&()<>'.includes(char)) {
      if (char === '<' || char === '>') endWord();
      else endSegment(char === '|' && text[at + 1] !== '|' && text[at - 1] !== '|');
      continue;
    }
    word.started = true;
    word.text += char;
  }
  endSegment(false);
  const all = quotedExpansion && segments.some(hasShell) ? segments.map(expanded) : segments;
  return { segments: all, unbalanced: quote !== '', expandsInPath };
}

function newDraft(): Draft {
  return { text: '', started: false, expands: false, afterTick: false };
}

function expanded(segment: Segment): Segment {
  return { ...segment, expands: 'yes' };
}

function hasShell(segment: Segment): boolean {
  return segment.words.some((word) => shells.has(baseName(word)));
}

function isSpace(char: string): boolean {
  return /\s/.test(char);
}

/** What a shell does with a `$` before this place: `$5` may be a price, `$NAME` hardly. */
function expansionAt(text: string, at: number): Segment['expands'] {
  const next = text.charAt(at);
  if (/[A-Za-z_{('"]/.test(next)) return 'yes';
  return /[0-9@*#?!$-]/.test(next) ? 'parameter' : 'no';
}

/** A backtick that opens a command whose output becomes part of a path: `/app/` + "`echo x`", "`pwd`/x". */
function isGluedCommand(text: string, at: number): boolean {
  const end = text.indexOf('`', at + 1);
  if (end < 0) return false;
  const first = /^\s*([^\s`]+)/.exec(text.slice(at + 1, Math.min(end, at + 200)))?.[1];
  const isGlued = text[at - 1] === '/' || text[end + 1] === '/';
  return isGlued && first !== undefined && commandNames.has(baseName(first));
}

/** A `$(` whose output becomes part of a path: `/app/$(echo x)`, `$(pwd)/x`. */
function isGluedOutput(text: string, at: number): boolean {
  if (text[at - 1] === '/') return true;
  let depth = 0;
  for (let end = at + 1; end < Math.min(text.length, at + 1000); end += 1) {
    if (text[end] === '(') depth += 1;
    if (text[end] === ')') depth -= 1;
    if (depth === 0) return text[end + 1] === '/';
  }
  return false;
}

/** The last name of a path, in lower case when it is all of one case, as commands are compared. */
export function baseName(word: string): string {
  const name = word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1);
  const plain = name.replace(/\.exe$/i, '');
  return plain === plain.toUpperCase() || plain.includes('-') ? plain.toLowerCase() : plain;
}

/** Whether the words begin as a command does: a known name, or a path to a program. */
export function isCommand(words: readonly string[]): boolean {
  const first = words.find((word) => !/^[A-Za-z_]\w*=/.test(word));
  if (first === undefined) return words.length > 0;
  return (
    /^(?:\/|\.\.?\/|~\/)./.test(first) ||
    commandNames.has(baseName(first)) ||
    commandPrefixes.has(first)
  );
}

/** Whether the words run something that removes, moves or packs what it is given, folders with all below. */
export function changesFolders(words: readonly string[]): boolean {
  if (!isCommand(words)) return false;
  return words.some(
    (word) => changingCommands.has(baseName(word)) || changingFindOption.test(word),
  );
}

/** Text cut at every space, quote and sign: finds the paths in code, JSON and nested commands. */
export function splitPlainly(
  text: string,
  { windows }: { readonly windows: boolean },
): readonly string[] {
  // on Windows `C:` belongs to the path
  const separators = windows ? /(?:[\s"'`;|&()<>{}[\]=,]|:(?![\\/]))+/ : /[\s"'`;|&()<>{}[\]=,:]+/;
  return text.split(separators).filter((word) => word !== '');
}
