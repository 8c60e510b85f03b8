/** What is wrong, and what to write instead. */
export interface Told {
  readonly message: string;
  readonly remedy: string;
}

/**
 * A fault that says after `; ` what to write, taken apart. One that says nothing more gets `otherwise`, or else is told
 * to be what was expected.
 */
export function toTold(fault: string, otherwise?: string): Told {
  const [message = fault, ...rest] = fault.split('; ');
  const remedy = rest.length > 0 ? rest.join('; ') : (otherwise ?? toWrite(message));
  return { message, remedy };
}

function toWrite(message: string): string {
  const [, expected] = /^expected (.*?)(?: here| but the text ends)?$/u.exec(message) ?? [];
  return expected === undefined ? `${message} is what has to change` : `write ${expected}`;
}

/** The parser's words are for those who send JSON; these are for those who write a file. */
const ofFiles = new Map([
  ['more text follows the JSON value', 'keep one value in the file, and remove the rest'],
  ['half a surrogate pair in a string', 'write the whole character, or both of its escapes'],
  ['a number too large for JSON', 'write a number below 1.8e308'],
  [
    'an integer beyond 2^53 - 1, which would lose digits',
    'write a smaller number; if it is no quantity but an identifier, as a text in quotes',
  ],
]);
const ofBeginnings: readonly (readonly [start: string, remedy: string])[] = [
  ['nested deeper than', 'write fewer brackets inside each other'],
  ['more than', 'split the file into several'],
];

/** What a strict JSON parser says of a text, for whoever writes the file. */
export function toldOfJson(fault: string): Told {
  const told = toTold(fault);
  if (told.remedy === 'JSON has no comments') {
    return { ...told, remedy: 'remove the comment: JSON has none' };
  }
  const remedy =
    ofFiles.get(told.message) ??
    ofBeginnings.find(([start]) => told.message.startsWith(start))?.[1] ??
    told.remedy;
  return { message: told.message, remedy };
}
