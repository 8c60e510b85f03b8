import { compileLinearRegex, type Span } from '../core/model/linear-regex.ts';

export type { Span } from '../core/model/linear-regex.ts';

/** Finds one kind of thing in a text. */
export interface Detector {
  /** What a redacted text says instead, in brackets. */
  readonly kind: string;
  /** Where the pattern or the format is published. */
  readonly source: string;
  /** In the syntax of RE2; what it finds is a candidate. */
  readonly pattern: string;
  readonly ignoreCase?: boolean;
  /** A cheap look first: a part of a text (in lower case) without any of these holds no candidate. */
  readonly hints: readonly string[] | RegExp;
  /** What of the candidate, and around it, is the thing: boundaries, checksums. Default: the candidate as it is. */
  readonly refine?: (text: string, candidate: Span) => readonly Span[];
}

/** A part of a text and what it is. */
export interface Finding extends Span {
  readonly kind: string;
}

// each part is searched by itself, so that the time grows with the text and never faster; parts overlap, so that
// nothing is lost between them
const partChars = 2048;
const overlapChars = 512;
// a filter shares the process with everything else
const charsBetweenPauses = 65_536;

/**
 * Everything that the detectors find, from the left, overlapping findings made one. Time grows with the length of the
 * text, and other work goes on meanwhile; throws where a part is too hard to search.
 */
export async function findAll(
  detectors: readonly Detector[],
  text: string,
): Promise<readonly Finding[]> {
  const searches = detectors.map((detector) => createSearch(detector, text));
  let sincePause = 0;
  for (let start = 0; start < text.length; start += partChars) {
    const part = text.slice(start, start + partChars + overlapChars);
    const lower = part.toLowerCase();
    for (const search of searches) search.in({ part, lower, start });
    sincePause += partChars;
    if (sincePause < charsBetweenPauses) continue;
    sincePause = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return joinOverlaps(searches.flatMap(({ found }) => found));
}

interface Part {
  readonly part: string;
  readonly lower: string;
  /** Where in the text the part begins. */
  readonly start: number;
}

function createSearch(
  { kind, pattern, ignoreCase = false, hints, refine }: Detector,
  text: string,
) {
  const found: Finding[] = [];
  // a finding may be as long as the text: no candidate inside is looked at again
  let coveredTo = 0;
  const take = (candidate: Span): void => {
    if (candidate.end <= coveredTo) return;
    for (const span of refine?.(text, candidate) ?? [candidate]) {
      // what was taken out before stays as it is
      if (text.slice(span.start, span.end) === `[${kind}]`) continue;
      found.push({ kind, ...span });
      coveredTo = Math.max(coveredTo, span.end);
    }
  };
  return {
    found,
    in({ part, lower, start: offset }: Part): void {
      const isHinted =
        hints instanceof RegExp ? hints.test(part) : hints.some((hint) => lower.includes(hint));
      if (!isHinted) return;
      // compiled patterns are kept, so that asking again costs a look-up
      const candidates = compileLinearRegex(pattern, { ignoreCase }).findAll(part);
      if (candidates === undefined) throw new TypeError(`\`${kind}\`: too hard to search`);
      for (const { start, end } of candidates) take({ start: start + offset, end: end + offset });
    },
  };
}

function joinOverlaps(found: Finding[]): readonly Finding[] {
  const joined: Finding[] = [];
  // of two that begin together the longer one gives its name
  for (const next of found.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = joined.at(-1);
    if (last === undefined || next.start >= last.end) joined.push(next);
    else if (next.end > last.end) joined[joined.length - 1] = { ...last, end: next.end };
  }
  return joined;
}

/** The text with every finding replaced by its kind in brackets. */
export function redact(text: string, findings: readonly Finding[]): string {
  let redacted = '';
  let at = 0;
  for (const { start, end, kind } of findings) {
    redacted += `${text.slice(at, start)}[${kind}]`;
    at = end;
  }
  return redacted + text.slice(at);
}

/** Whether the characters around a part of a text are none of these, so that it is not a piece of something longer. */
export function standsAlone(text: string, { start, end }: Span, glue: RegExp): boolean {
  return !glue.test(text[start - 1] ?? '') && !glue.test(text[end] ?? '');
}
