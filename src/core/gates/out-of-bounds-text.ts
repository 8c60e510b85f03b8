import { folderChanges } from './out-of-bounds-commands.ts';
import { isProcessInside, spellingsOf } from './out-of-bounds-spelling.ts';
import {
  baseName,
  changesFolders,
  isCommand,
  splitCommand,
  splitPlainly,
  type CommandText,
} from './out-of-bounds-words.ts';
import {
  fold,
  isAbsolutePath,
  joinPath,
  normalizePath,
  type Place,
  type Relation,
  type Zone,
} from './out-of-bounds-zone.ts';

/** What is known of our own folders during one call. */
export interface Surroundings {
  readonly zone: Zone;
  readonly place: Place;
  /** The working folder is itself protected. */
  readonly startsInside: boolean;
  /** What is protected, or leads there, right in the working folder: name, folded, and how. */
  readonly names: ReadonlyMap<string, Relation>;
  /** `paths.realPath`, asked once per path and call. */
  readonly look: (path: string) => Promise<string | undefined>;
}

export interface Reading {
  /** The manifest says that this argument names a file or holds a command. */
  readonly declared: boolean;
  /** The tool can change things, so a folder above a protected one is in danger too. */
  readonly changes: boolean;
}

export type Finding = 'inside' | 'unresolved' | undefined;

/** Words of one string that are resolved on disk, from the working folder, and in all from other folders too. */
const maxWords = 256;
const maxLookups = 1024;
/** Characters; longer strings are documents, compared as text only. */
const maxResolvedLength = 65_536;
/** Folders that relative words of a command, and of prose, are taken from. */
const maxBases = { command: 16, prose: 3 } as const;

/** No word of it can leave the working folder or stand for anything but itself. */
const plainWord = /^[^\s/\\.~*?[\]{}$`%@'"\0=:,;|&()<>-]+$/;
const onlyPlainWords = /^[^/\\.~*?[\]{}$`%@'"\0=:;|&()<>\n\r]*$/;

interface Candidate {
  readonly path: string;
  readonly base: string | undefined;
  /** A folder above a protected one counts as well. */
  readonly above: boolean;
}

/** Whether a string leads into the protected folders, as a path or as a command. */
export async function inspectText(
  text: string,
  reading: Reading,
  around: Surroundings,
): Promise<Finding> {
  if (plainWord.test(text)) return inspectWord(text, reading, around);
  if (!reading.declared && isPlainProse(text)) return undefined;
  const command = splitCommand(text, around.place);
  if (isUnresolvable(text, command, reading)) return 'unresolved';
  const candidates = findCandidates(text, command, reading, around);
  if (candidates.some((candidate) => isHit(relateAsText(candidate, around), candidate)))
    return 'inside';
  return inspectOnDisk(text, candidates, reading, around);
}

/** A single word without any sign, as most arguments are. */
async function inspectWord(text: string, reading: Reading, around: Surroundings): Promise<Finding> {
  const { names, place } = around;
  const above = reading.changes;
  if (isHit(names.get(fold(text)), { above })) return 'inside';
  if (!canExist(text)) return undefined;
  const real = await around.look(text);
  if (real === undefined) return reading.declared ? 'unresolved' : undefined;
  // itself: also in a protected working folder, where every word of every argument would be inside
  if (real === `${place.cwd}/${text}`) return undefined;
  const isItself = around.startsInside && real === normalizePath(text, place);
  return !isItself && isHit(relateReal(real, around), { above }) ? 'inside' : undefined;
}

function isPlainProse(text: string): boolean {
  return onlyPlainWords.test(text) && !isCommand(text.trimStart().split(/\s+/, 4));
}

/**
 * What stands for something else until a shell runs it. In a declared argument any such sign; elsewhere, where `$`
 * and backticks are mostly prose, only as part of a path or in a line that begins with a command.
 */
function isUnresolvable(text: string, command: CommandText, { declared }: Reading): boolean {
  const { segments, unbalanced, expandsInPath } = command;
  if (expandsInPath) return true;
  if (!declared) {
    return segments.some(({ words, expands }) => expands === 'yes' && isCommand(words));
  }
  if (text.includes('\0') || segments.some(({ expands }) => expands !== 'no')) return true;
  if (segments.some(({ words }) => words.some((word) => /^~[^/+\\]/.test(word)))) return true;
  return unbalanced && (/[;|&<>]/.test(text) || segments.some(({ words }) => isCommand(words)));
}

function findCandidates(
  text: string,
  command: CommandText,
  reading: Reading,
  around: Surroundings,
): readonly Candidate[] {
  const { place } = around;
  const isCommandText = reading.declared || command.segments.some(({ words }) => isCommand(words));
  const found = new Map<string, Candidate>();
  const isLong = text.length > maxResolvedLength;
  const mostBases = isCommandText && !isLong ? maxBases.command : maxBases.prose;
  const bases = findBases(command, place, mostBases);
  const add = (word: string, above: boolean, from: readonly (string | undefined)[]): void => {
    for (const path of spellingsOf(word, place)) {
      for (const base of isAbsolutePath(path, place) ? [place.cwd] : from) {
        const key = `${above ? '^' : ' '}${base ?? ''}\0${path}`;
        if (!found.has(key)) found.set(key, { path, base, above });
      }
    }
  };
  for (const whole of wholeSpellings(text)) {
    // a star alone asks for everything more often than it is a path
    const isStar = /^\*+$/.test(whole) && !reading.declared && !reading.changes;
    if (!isStar) add(whole, reading.changes, [place.cwd]);
  }
  const changing = changingPipelines(command, reading);
  for (const { words, pipeline } of command.segments) {
    for (const word of words) {
      for (const part of partsOf(word, place)) {
        if (isCommandText || isPathLike(part)) add(part, changing.has(pipeline), bases);
      }
    }
  }
  for (const word of splitPlainly(text, place)) {
    if (isCommandText || isPathLike(word)) add(word, false, bases);
  }
  return [...found.values()];
}

function wholeSpellings(text: string): readonly string[] {
  const trimmed = text.trim();
  const bare = trimmed.replace(/^(["'`])(.*)\1$/s, '$2');
  return [...new Set([text, trimmed, bare])].filter((whole) => whole !== '');
}

/** `of=/x`, `user@host:/x` and `--file=/x` hold their paths after a sign. */
function partsOf(word: string, place: Place): readonly string[] {
  const separators = place.windows ? /[=,@]|:(?![\\/])/ : /[=,:@]/;
  return separators.test(word)
    ? [word, ...word.split(separators).filter((part) => part !== '')]
    : [word];
}

/** In prose, a word is taken for a path when it has a slash, or a dot or home sign, and is no bare pattern. */
function isPathLike(word: string): boolean {
  if (/^[^/\\]*[*?[{]/.test(word)) return false;
  return /[/\\.~%]/.test(word);
}

/** The pipelines that endanger folders above a protected one: `find / | xargs rm`. */
function changingPipelines(command: CommandText, { changes }: Reading): ReadonlySet<number> {
  if (!changes) return new Set();
  const found = command.segments.filter(({ words }) => changesFolders(words));
  return new Set(found.map(({ pipeline }) => pipeline));
}

const mayBeAbsolute = /^(?:[/\\~]|[A-Za-z]:|-[A-Za-z]+[/\\~]|file:)/i;

/** The folders that relative words may start from: the working folder, absolute words, and where `cd` goes. */
function findBases(
  command: CommandText,
  place: Place,
  most: number,
): readonly (string | undefined)[] {
  const bases = new Set<string | undefined>([place.cwd]);
  const add = (base: string | undefined): void => {
    if (base !== undefined && bases.size < most) bases.add(base);
  };
  for (const { words } of command.segments) {
    if (bases.size >= most) break;
    for (const [index, word] of words.entries()) {
      const [option = '', value] = word.split('=', 2);
      const isChange = folderChanges.has(option) || folderChanges.has(baseName(option));
      if (!isChange && !mayBeAbsolute.test(word)) continue;
      const target = isChange ? (value ?? words[index + 1] ?? '~') : word;
      for (const path of spellingsOf(target, place)) {
        if (isAbsolutePath(path, place)) add(joinPath(path, place));
        else if (isChange) for (const base of Array.from(bases)) add(joinPath(path, place, base));
      }
    }
  }
  return [...bases];
}

function relateAsText({ path, base }: Candidate, { zone, place }: Surroundings): Relation {
  const plain = normalizePath(path, place, base);
  if (plain === undefined) return undefined;
  return isProcessInside(plain) || isProcessInside(path) ? 'inside' : zone.relate(plain);
}

function relateReal(real: string, { zone, place }: Surroundings): Relation {
  const plain = normalizePath(real, place);
  return plain === undefined ? undefined : zone.relate(plain);
}

function isHit(relation: Relation, { above }: Pick<Candidate, 'above'>): boolean {
  return relation === 'inside' || (above && relation === 'above');
}

async function inspectOnDisk(
  text: string,
  candidates: readonly Candidate[],
  { declared }: Reading,
  around: Surroundings,
): Promise<Finding> {
  const { cwd } = around.place;
  const lookable = candidates.filter(({ path }) => canExist(path));
  const here = lookable.filter(({ base }) => base === cwd);
  const elsewhere = lookable.filter(({ base }) => base !== cwd);
  const isTooMuch =
    text.length > maxResolvedLength || here.length > maxWords || lookable.length > maxLookups;
  if (isTooMuch && declared) return 'unresolved';
  if (text.length > maxResolvedLength) return undefined;
  const some = [...here.slice(0, maxWords), ...elsewhere.slice(0, maxLookups - maxWords)];
  const findings = await Promise.all(some.map((candidate) => lookAt(candidate, around)));
  if (findings.includes('inside')) return 'inside';
  return declared && findings.includes('unresolved') ? 'unresolved' : undefined;
}

async function lookAt(candidate: Candidate, around: Surroundings): Promise<Finding> {
  for (const { folder, pattern } of toLookups(candidate, around.place)) {
    const real = await around.look(folder);
    if (real === undefined) return 'unresolved';
    if (isHit(relateReal(`${real}/${pattern}`, around), candidate)) return 'inside';
  }
  return undefined;
}

/** What to ask the disk for: the path as written, and, since many tools fold `..` first, folded; a pattern stays apart. */
function toLookups(
  { path, base }: Candidate,
  place: Place,
): readonly { readonly folder: string; readonly pattern: string }[] {
  const written = base === place.cwd ? path : joinPath(path, place, base);
  const spelled = [written, path.includes('..') ? normalizePath(path, place, base) : undefined];
  const lookups = spelled
    .filter((one) => one !== undefined)
    .map((one) => ({ folder: one, pattern: '' }));
  const glob = written === undefined ? null : /^([^*?[{]*\/)?([^/]*[*?[{].*)$/s.exec(written);
  if (glob !== null) lookups.push({ folder: glob[1] ?? '.', pattern: glob[2] ?? '' });
  return lookups;
}

/** File systems know no longer names and paths than these (bytes; characters are never fewer). */
function canExist(path: string): boolean {
  if (path.length > 4096 || path.includes('\0')) return false;
  return path.length <= 255 || path.split(/[/\\]/).every((name) => name.length <= 255);
}
