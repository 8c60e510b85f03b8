import { z } from 'zod';
import { SupervisionError } from '../core/model/errors.ts';
import { findRegexFault } from '../core/model/linear-regex.ts';
import { parseJson } from '../core/model/parse-json.ts';
import type { Detector, Span } from './detector.ts';

const schema = z.strictObject({
  $schema: z.string().optional(),
  mode: z.enum(['refuse', 'redact']).optional(),
  message: z.string().min(1).max(1000).optional(),
  words: z.array(z.string().trim().min(1).max(200)).max(10_000).optional(),
  patterns: z.array(z.string().min(1)).max(1000).optional(),
});

/** What a file of guidelines says. */
export interface Guidelines {
  readonly mode: 'refuse' | 'redact';
  readonly message: string | undefined;
  readonly detectors: readonly Detector[];
}

const kind = 'removed';

/** Throws CONFIG_INVALID with file and place for whatever is wrong in the text. */
export function parseGuidelines(file: string, text: string): Guidelines {
  const parsed = parseJson(text);
  if (!parsed.ok) {
    const { message, position } = parsed.problem;
    throw invalid(file, `${position.line}:${position.column}: ${message}`);
  }
  const checked = schema.safeParse(parsed.value);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const place = `/${(issue?.path ?? []).map(String).join('/')}`;
    throw invalid(file, `${place}: ${issue?.message ?? 'invalid'}`);
  }
  const { mode = 'refuse', message, words = [], patterns = [] } = checked.data;
  if (words.length + patterns.length === 0) {
    throw invalid(file, 'it names no words and no patterns; add some, or leave the filter out');
  }
  for (const [index, pattern] of patterns.entries()) {
    const fault = findRegexFault(pattern, { ignoreCase: true });
    if (fault !== undefined) throw invalid(file, `/patterns/${index}: ${fault}`);
  }
  const detectors = [...words.map(wordDetector), ...patterns.map(patternDetector)];
  return { mode, message, detectors };
}

function invalid(file: string, what: string): SupervisionError {
  return new SupervisionError('CONFIG_INVALID', `brand guidelines \`${file}\`: ${what}`);
}

/** A word or a phrase, in any case, and no piece of a longer word. */
function wordDetector(word: string): Detector {
  const glued = (char: string): boolean => /[\p{L}\p{N}]/u.test(char);
  const [first, last] = [word.slice(0, 1), word.slice(-1)];
  return {
    kind,
    source: 'the guidelines',
    pattern: word
      .split(/\s+/)
      .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
      .join(String.raw`\s+`),
    ignoreCase: true,
    hints: [word.toLowerCase().split(/\s+/)[0] ?? ''],
    refine: (text, span) => {
      const isPiece =
        (glued(first) && glued(text[span.start - 1] ?? '')) ||
        (glued(last) && glued(text[span.end] ?? ''));
      return isPiece || isMark(text, span) ? [] : [span];
    },
  };
}

function patternDetector(pattern: string): Detector {
  return {
    kind,
    source: 'the guidelines',
    pattern,
    ignoreCase: true,
    hints: /(?:)/,
    refine: (text, span) => (isMark(text, span) ? [] : [span]),
  };
}

/** `removed` within the mark that says so. */
function isMark(text: string, { start, end }: Span): boolean {
  return text.slice(start - 1, end + 1) === `[${kind}]`;
}
