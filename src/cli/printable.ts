import type { Json } from '../core/model/json.ts';

/** Control, invisible, bidirectional and unassigned characters, and what breaks lines. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Text from outside as a terminal may see it: what is invisible or could move the cursor becomes `\uXXXX`. */
export function toPrintable(text: string): string {
  return text.replaceAll(unprintable, escapeUnits);
}

/** As `toPrintable`, line by line: for texts of our own that have several. */
export function toPrintableLines(text: string): string {
  return text.split('\n').map(toPrintable).join('\n');
}

/** JSON that is safe on a terminal, and the same value to every parser. */
export function toPrintableJson(value: Json, indent?: number): string {
  return toPrintableLines(JSON.stringify(value, undefined, indent));
}

/** In UTF-16 units, so that inside JSON the escape stands for the very character. */
function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const hex = character.charCodeAt(index).toString(16);
    return `\\u${hex.padStart(4, '0')}`;
  }).join('');
}
