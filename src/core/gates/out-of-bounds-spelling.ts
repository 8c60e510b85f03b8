import type { Place } from './out-of-bounds-zone.ts';

/** More spellings than this come only from text made to have them. */
const maxSpellings = 24;

const needsWork = /[%~\\@\0]|^-|file:|\/proc\/|\/dev\//i;

/**
 * The paths that a word can stand for, itself first: file URLs, percent codes, the home folder, options with a path
 * stuck to them (`-C/x`), `@file`, escapes, /proc/self/root. Relative ones stay relative.
 */
export function spellingsOf(word: string, place: Place): readonly string[] {
  if (!needsWork.test(word)) return [word];
  const found = new Set([word]);
  for (const spelling of found) {
    for (const respell of respellings) {
      const other = respell(spelling, place);
      if (other !== undefined && other !== '' && found.size < maxSpellings) found.add(other);
    }
  }
  return [...found];
}

type Respell = (word: string, place: Place) => string | undefined;

const respellings: readonly Respell[] = [
  // what C code below a tool reads ends at the first NUL
  (word) => /^([^\0]*)\0/.exec(word)?.[1],
  (word) => /^-[A-Za-z]+([/~.\\].*)$/s.exec(word)?.[1],
  (word) => /^-[A-Za-z](.+)$/s.exec(word)?.[1],
  (word) => /^@(.+)$/s.exec(word)?.[1],
  (word) => /^file:(?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])?(?=\/))?(.+)$/is.exec(word)?.[1],
  // `file:///C:/x` leaves `/C:/x`
  (word, { windows }) => (windows ? /^\/([A-Za-z]:.*)$/s.exec(word)?.[1] : undefined),
  decodePercent,
  (word, { home }) => (/^~(?=\/|\\|$)/.test(word) ? `${home}${word.slice(1)}` : undefined),
  (word, { cwd }) =>
    cwd !== undefined && /^~\+(?=\/|$)/.test(word) ? `${cwd}${word.slice(2)}` : undefined,
  (word, { windows }) => (!windows && word.includes('\\') ? word.replaceAll('\\', '') : undefined),
  fromProc,
];

function decodePercent(word: string): string | undefined {
  if (!/%[0-9a-f]{2}/i.test(word)) return undefined;
  try {
    return decodeURIComponent(word);
  } catch {
    // not UTF-8 behind the codes: decode the plain characters alone
    return word.replace(/%[2-7][0-9a-f]/gi, (code) =>
      String.fromCodePoint(parseInt(code.slice(1), 16)),
    );
  }
}

/** `/proc/self/root/x` is `/x`, and `/proc/self/cwd/x` is `x`, for any process that sees our files. */
function fromProc(word: string, place: Place): string | undefined {
  const plain = plainSlashes(word);
  const match = /^\/proc\/[^/]+(?:\/task\/[^/]+)?\/(root|cwd)(\/.*)?$/s.exec(plain);
  if (match === null) return undefined;
  const rest = match[2] ?? '/';
  return match[1] === 'root' ? rest : place.cwd === undefined ? undefined : `${place.cwd}${rest}`;
}

/**
 * Whether a path goes through what a process holds open or in memory: descriptors beyond the standard three,
 * `/proc/<pid>/mem`, `/proc/<pid>/environ`. Our log, state and keys are open there under other names.
 */
export function isProcessInside(path: string): boolean {
  const plain = plainSlashes(path);
  return openFile.test(plain) || processMemory.test(plain);
}

const openFile = /^\/(?:proc\/[^/]+(?:\/task\/[^/]+)?|dev)\/fd\/(?![012]$)[^/]/s;
const processMemory = /^\/proc\/[^/]+(?:\/task\/[^/]+)?\/(?:mem|environ|map_files\/.+)$/s;

function plainSlashes(path: string): string {
  return path.replace(/\/(?:\.?\/)+/g, '/');
}
