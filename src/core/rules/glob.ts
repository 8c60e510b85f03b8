import picomatch from 'picomatch';
import type { Truth } from './truth.ts';

/** What a glob says of a text: `error` where it cannot be compared safely. */
export type GlobTest = (text: string) => Truth;

const options = {
  dot: true,
  nocase: false,
  noextglob: true,
  nonegate: true,
  fastpaths: false,
  strictSlashes: true,
  // the same on every machine, and `*` and `**` match line breaks
  windows: false,
  flags: 's',
} as const;
const maxWildcards = 3;
// a pattern with n wildcards tries at most about length^n ways: these keep that below 5 million
const maxLengths = [4096, 4096, 3162, 310] as const;
const maxPattern = 1024;
const maxBraces = 6;

/** Why a text is no glob that can be matched in bounded time; undefined if it is one. */
export function findGlobFault(pattern: string): string | undefined {
  if (pattern.length > maxPattern)
    return `a glob has at most ${maxPattern} characters; split it into several`;
  if (pattern.startsWith('!'))
    return 'a glob cannot start with `!`; turn the rule round, or use `not_in`';
  if (/[()|]|[\]}]\+/.test(pattern)) return 'a glob has no groups `(…)`, `|` or `+`; use `{a,b}`';
  if (countWildcards(pattern) > maxWildcards) {
    return `a glob has at most ${maxWildcards} wildcards; split it into several`;
  }
  if (countOf(pattern, '{') > maxBraces) return `a glob has at most ${maxBraces} braces; split it`;
  try {
    picomatch.makeRe(pattern, options);
    return undefined;
  } catch {
    return 'this is not a glob that can be compiled';
  }
}

/** Whether a text has a meaning beyond itself as a glob. */
export function isGlob(pattern: string): boolean {
  return /[*?[\]{}\\]/.test(pattern);
}

/** For values such as paths and addresses: `*` stops at `/`, `**` does not. */
export function compileGlob(pattern: string): GlobTest {
  const regex = picomatch.makeRe(pattern, options);
  const maxLength = maxLengths[countWildcards(pattern)] ?? 0;
  return (text) => {
    // `a/../b` names another place than it seems to, so no pattern can say anything of it
    if (text.length > maxLength || hasDotSegment(text)) return 'error';
    return regex.test(text);
  };
}

/** For names: `/` is a character like any other, and a lone `*` matches every name. */
export function compileNameGlob(pattern: string): GlobTest {
  if (pattern === '*' || pattern === '**') return () => true;
  const regex = picomatch.makeRe(hideSlashes(pattern), options);
  const maxLength = maxLengths[countWildcards(pattern)] ?? 0;
  return (text) => (text.length > maxLength ? 'error' : regex.test(hideSlashes(text)));
}

// names hold no control characters, so this one cannot collide
function hideSlashes(text: string): string {
  return text.includes('/') ? text.replaceAll('/', '\u0001') : text;
}

function countWildcards(pattern: string): number {
  return pattern.match(/\*+/g)?.length ?? 0;
}

function countOf(text: string, character: string): number {
  return text.split(character).length - 1;
}

function hasDotSegment(text: string): boolean {
  return text.includes('.') && /(?:^|\/)\.{1,2}(?:\/|$)/.test(text);
}
