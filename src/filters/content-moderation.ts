import type { Filter } from '../core/model/extension.ts';
import { mapStrings } from './map-strings.ts';
import { createFilter, refuse, sideWords, wholeNumber, type Side } from './sides.ts';

/** Judges texts: a model, an endpoint, or a function of yours. A throw is a refusal. */
export interface Moderator {
  moderate(
    text: string,
    signal: AbortSignal,
  ): Promise<{ readonly flagged: boolean; readonly categories: readonly string[] }>;
}

export interface ContentModerationOptions {
  readonly moderator: Moderator;
  /** Only these count, as the moderator calls them. Default: whatever it flags. */
  readonly categories?: readonly string[];
  /** Longer texts are refused, in UTF-16 code units. Default 100,000. */
  readonly maxChars?: number;
  /** Default 5,000 milliseconds. */
  readonly timeoutMs?: number;
  /** Default `args`. */
  readonly on?: readonly Side[];
}

/** Refuses what the moderator flags, and whatever it does not answer for. */
export function contentModeration(options: ContentModerationOptions): Filter {
  const name = 'content_moderation';
  const { moderator, categories, on = ['args'] } = options;
  const maxChars = wholeNumber(name, 'maxChars', { given: options.maxChars, byDefault: 100_000 });
  const timeoutMs = wholeNumber(name, 'timeoutMs', { given: options.timeoutMs, byDefault: 5000 });
  return createFilter(name, on, async (value, side) => {
    const texts: string[] = [];
    await mapStrings(value, async (text, { kind }) => {
      if (kind !== 'number' && text !== '') texts.push(text);
      return text;
    });
    const text = texts.join('\n');
    if (text === '') return value;
    if (text.length > maxChars) return refuse(name, `${sideWords[side]} are too long to be judged`);
    const { flagged, found } = await ask(moderator, text, timeoutMs);
    const counted =
      categories === undefined ? found : found.filter((each) => categories.includes(each));
    if (!flagged || (categories !== undefined && found.length > 0 && counted.length === 0))
      return value;
    const what = counted.length === 0 ? '' : ` (${counted.join(', ')})`;
    return refuse(name, `${sideWords[side]} were judged unfit${what}; say it otherwise`);
  });
}

interface Judged {
  readonly flagged: boolean;
  readonly found: readonly string[];
}

/** Rejects where there is no answer in time, or none that says yes or no. */
async function ask(moderator: Moderator, text: string, timeoutMs: number): Promise<Judged> {
  const signal = AbortSignal.timeout(timeoutMs);
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () =>
      reject(new Error('the moderator did not answer in time')),
    );
  });
  const answer: unknown = await Promise.race([moderator.moderate(text, signal), late]);
  if (typeof answer !== 'object' || answer === null || !('flagged' in answer))
    throw new TypeError('the moderator gave no answer');
  const { flagged } = answer;
  if (typeof flagged !== 'boolean') throw new TypeError('the moderator said neither yes nor no');
  const categories: unknown = 'categories' in answer ? answer.categories : [];
  const found: readonly unknown[] = Array.isArray(categories) ? categories : [];
  return { flagged, found: found.filter(isName) };
}

/** What it is called goes to the agent: a short name, and no sentence. */
function isName(category: unknown): category is string {
  return typeof category === 'string' && /^[\w/ -]{1,64}$/.test(category);
}
