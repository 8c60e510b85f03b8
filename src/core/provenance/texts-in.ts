import type { Json } from '../model/json.ts';

const maxTexts = 1_000;

/** The texts and numbers in a value, whatever its depth; at most 1,000. */
export function textsIn(value: Json): readonly string[] {
  const texts: string[] = [];
  const left: Json[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (texts.length >= maxTexts) break;
    if (typeof next === 'object' && next !== null)
      left.push(...Object.values(next).slice(0, maxTexts));
    else if (typeof next === 'string' || typeof next === 'number') texts.push(String(next));
  }
  return texts;
}
