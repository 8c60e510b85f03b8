/** Names as programs give them, and no sentence. */
const plainName = /^[A-Za-z_$][\w$.-]{0,39}$/u;
/** From here on no more names (UTF-16 units): a path grows with every level. */
const maxNamed = 160;

/** Whether a word that the agent may have chosen can stand among the facts. */
export function isPlainName(word: string): boolean {
  return plainName.test(word);
}

/**
 * The path of an object's member as the facts show it, the member's place from 0 behind a star where its key is no plain
 * name. Whoever wrote the arguments chose the keys, and a judge takes the facts for true.
 */
export function toShownPath(path: string, key: string, place: number): string {
  const isShown = path.length <= maxNamed && isPlainName(key);
  return isShown ? `${path}/${key}` : `${path}/*${place}`;
}
