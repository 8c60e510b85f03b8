import type { Json } from '../model/json.ts';
import type { Source, ValueOrigin } from '../model/provenance.ts';
import { createApprovedValues } from './approved-values.ts';
import { compactText } from './compact-text.ts';
import type { Kind } from './find-places.ts';
import { figureIn } from './figures.ts';
import { foldText } from './fold-text.ts';
import { joinOrigins, tooMuch, unknown } from './join-origins.ts';
import { originOfNumber, originOfText } from './origin-of-text.ts';
import { piecesOf } from './pieces-of.ts';
import { createTextIndex } from './text-index.ts';
import { withoutSubjects } from './tool-words.ts';
import { createWork, type Work } from './work.ts';

/** A text that entered the session. */
export interface Entered extends Source {
  readonly text: string;
  /** Arguments that a person approved: they count whole, and no word of them alone. */
  readonly isWhole?: boolean;
}

/** Finds where values came from among the texts that entered a session. Once no work is left, every answer is the strict one. */
export interface Provenance {
  add(entered: Entered): void;
  /** Of a text or a number, a list or an object; of `true`, `false` and `null` nothing can be said. */
  originOf(value: Json, work?: Work): ValueOrigin;
  /**
   * Whether a text of that origin has a form of one of the stems, near the value where one is given. Undefined where the
   * value stands in none of those texts as it is, so that nobody can say what stands near it.
   */
  speaksOf(origin: Kind, stems: readonly string[], asked?: Asked): boolean | undefined;
  /** Whether a text of that origin has the value in running words. Undefined where it stands in none of them as it is. */
  tells(origin: Kind, value: string, work?: Work): boolean | undefined;
  /** What it takes in memory, nearly. */
  readonly bytes: number;
}

export interface Asked {
  readonly value?: string | undefined;
  readonly work?: Work;
}

/** Of a list or an object, the values that are looked at; with more of them it counts as untrusted as well. */
const maxValues = 1_000;
/** Answers that are kept until something else enters the session, and the values of all of them (UTF-16 units). */
const maxAnswers = 256;
const maxKept = 131_072;
/** Of a source in memory. */
const sourceBytes = 100;

// most sessions have texts of one or two origins, and an index without any takes kilobytes
const noTexts = createTextIndex();
const noApproved = createApprovedValues();

export function createProvenance(): Provenance {
  const texts = { user: noTexts, trusted: noTexts, untrusted: noTexts };
  let approved = noApproved;
  const entered: Source[] = [];
  /** Of the last values: calls ask for the same ones again and again. */
  const answers = createAnswers<string | number, ValueOrigin>();
  /** By origin and stems: the same few tools are called again and again. */
  const spoken = createAnswers<string, boolean>();

  const originOfScalar = (value: Json, work: Work): ValueOrigin => {
    if (typeof value !== 'string' && typeof value !== 'number') return unknown;
    return answers.find(value, work, () => {
      const known = { ...texts, approved, entered, work };
      const isNumber = typeof value === 'number';
      return isNumber ? originOfNumber(known, value) : originOfText(known, value);
    });
  };
  return {
    add({ text, isWhole, ...source }) {
      answers.clear();
      spoken.clear();
      const order = entered.push(Object.freeze(source)) - 1;
      if (isWhole === true) {
        if (approved === noApproved) approved = createApprovedValues();
        approved.add(text, order);
      } else {
        if (texts[source.origin] === noTexts) texts[source.origin] = createTextIndex();
        texts[source.origin].add(text, order);
      }
    },
    originOf(value, work = createWork()) {
      const { values, isCut } = leavesOf(value);
      const origins = values.map((each) => (work.left > 0 ? originOfScalar(each, work) : unknown));
      if (work.left <= 0) return tooMuch;
      return joinOrigins(isCut ? [...origins, tooMuch] : origins);
    },
    speaksOf(origin, stems, { value, work = createWork() } = {}) {
      const index = texts[origin];
      const stemsOf = withoutSubjects(stems);
      const stemsFor = (order: number): readonly string[] => {
        const { tool, isReceipt } = entered[order] ?? {};
        return isReceipt === true ? [] : stemsOf(tool);
      };
      if (value === undefined) {
        const key = `${origin} ${stems.join(' ')}`;
        return spoken.find(key, work, () => index.speaksOf(stemsFor, { near: undefined, work }));
      }
      const { text } = compactText(foldText(value));
      if (index.findWhole(text, { work }) !== undefined) {
        const speaks = index.speaksOf(stemsFor, { near: { value: text }, work });
        return work.left > 0 ? speaks : undefined;
      }
      if (figureIn(value) !== undefined) return false;
      const pieces = piecesOf({ ...texts, work }, origin, value);
      const speaks = pieces?.some((near) => index.speaksOf(stemsFor, { near, work }));
      return work.left > 0 ? speaks : undefined;
    },
    tells(origin, value, work = createWork()) {
      const index = texts[origin];
      const { text } = compactText(foldText(value));
      if (index.findWhole(text, { work }) === undefined) {
        return figureIn(value) === undefined ? undefined : false;
      }
      const tells = index.tells(text, {
        counts: (order) => entered[order]?.isReceipt !== true,
        work,
      });
      return work.left > 0 ? tells : undefined;
    },
    get bytes() {
      const { user, trusted, untrusted } = texts;
      const indexed = user.bytes + trusted.bytes + untrusted.bytes + approved.bytes;
      return indexed + sourceBytes * entered.length;
    },
  };
}

interface Answers<K, A> {
  /** Kept, unless there was not enough work left to find it. */
  find(key: K, work: Work, make: () => A): A;
  clear(): void;
}

function createAnswers<K extends string | number, A>(): Answers<K, A> {
  let answers: Map<K, A> | undefined;
  let chars = 0;
  const keep = (key: K, answer: A): void => {
    chars += String(key).length;
    if (answers === undefined || answers.size >= maxAnswers || chars > maxKept) {
      answers = new Map();
      chars = String(key).length;
    }
    answers.set(key, answer);
  };
  return {
    find(key, work, make) {
      const known = answers?.get(key);
      if (known !== undefined) return known;
      const answer = make();
      if (work.left > 0) keep(key, answer);
      return answer;
    },
    clear() {
      answers = undefined;
      chars = 0;
    },
  };
}

interface Leaves {
  readonly values: readonly Json[];
  readonly isCut: boolean;
}

/** The values of a list or an object that can have an origin, whatever its depth; else the value itself. */
function leavesOf(value: Json): Leaves {
  if (typeof value !== 'object' || value === null) return { values: [value], isCut: false };
  const values: Json[] = [];
  const left: Json[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (values.length >= maxValues) return { values, isCut: true };
    if (typeof next === 'object' && next !== null)
      left.push(...Object.values(next).slice(0, maxValues + 1));
    else if (typeof next === 'string' || typeof next === 'number') values.push(next);
  }
  return { values, isCut: false };
}
