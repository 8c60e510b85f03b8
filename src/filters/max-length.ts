import type { Filter } from '../core/model/extension.ts';
import type { Json } from '../core/model/json.ts';
import { mapStrings } from './map-strings.ts';
import {
  bothSides,
  createFilter,
  oneOf,
  refuse,
  sideWords,
  wholeNumber,
  type Side,
} from './sides.ts';

export interface MaxLengthOptions {
  /** Of one string or key, in UTF-16 code units. Default 10,000. */
  readonly maxStringChars?: number;
  /** Of all strings and keys together, in UTF-16 code units. Default 100,000. */
  readonly maxTotalChars?: number;
  /** `truncate` cuts strings and refuses only where that is not enough (keys are never cut). Default `refuse`. */
  readonly mode?: 'refuse' | 'truncate';
  /** Default: both. */
  readonly on?: readonly Side[];
}

/** Bounds how much text goes into a tool and comes out of it. */
export function maxLength(options: MaxLengthOptions = {}): Filter {
  const name = 'max_length';
  const mode = oneOf(name, 'mode', { given: options.mode, words: ['refuse', 'truncate'] });
  const bounds: Bounds = {
    ofString: wholeNumber(name, 'maxStringChars', {
      given: options.maxStringChars,
      byDefault: 10_000,
    }),
    ofAll: wholeNumber(name, 'maxTotalChars', { given: options.maxTotalChars, byDefault: 100_000 }),
  };
  return createFilter(name, options.on ?? bothSides, async (value, side) => {
    const cut = await cutTo(bounds, value);
    const isFine = cut.keysFit && (mode === 'truncate' || cut.value === value);
    return isFine ? cut.value : refuse(name, `${sideWords[side]} are too long; make them shorter`);
  });
}

interface Bounds {
  readonly ofString: number;
  readonly ofAll: number;
}

/** Every string as far as there is room, the first ones first, after all keys. */
async function cutTo(
  { ofString, ofAll }: Bounds,
  value: Json,
): Promise<{ readonly value: Json; readonly keysFit: boolean }> {
  let left = ofAll;
  let keysFit = true;
  await mapStrings(value, async (text, { kind }) => {
    if (kind !== 'key') return text;
    left -= text.length;
    keysFit &&= text.length <= ofString && left >= 0;
    return text;
  });
  const cut = await mapStrings(value, async (text, { kind }) => {
    if (kind !== 'value') return text;
    const kept = keepStart(text, Math.max(0, Math.min(ofString, left)));
    left -= kept.length;
    return kept;
  });
  return { value: cut, keysFit };
}

/** Never half of a surrogate pair: what is left must still be Unicode. */
function keepStart(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const last = text.charCodeAt(maxChars - 1);
  const isHalf = last >= 0xd8_00 && last <= 0xdb_ff;
  return text.slice(0, isHalf ? maxChars - 1 : maxChars);
}
