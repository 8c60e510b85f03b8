const unsafe = /[\p{C}\p{Zl}\p{Zp}`]/gu;

/**
 * A name or key from outside as messages may show it: in backticks, shortened to `maxShown` UTF-16 code units, with
 * control, invisible and unassigned characters and backticks as `\u{…}`, so that it can forge no other text.
 */
export function quote(name: string, maxShown = 60): string {
  const shown = name.length > maxShown ? `${name.slice(0, maxShown - 1)}…` : name;
  return `\`${shown.replaceAll(unsafe, escapeCharacter)}\``;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
