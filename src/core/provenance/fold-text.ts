/** Letters of other alphabets and phonetic ones, each with the Latin letter that it passes for (after UTS 39). */
const pairs = [
  ['аеорсухіјѕԁһӏԛԝѵтмкнвг', 'aeopcyxijsdhlqwvtmkhbr'],
  ['αινορσυϳκτχεβηω', 'aivopoujktxebnw'],
  ['ցհոսօզ', 'ghnuoq'],
  ['ɑɡɩɪɴʀʏʙʜʟᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜱɯı', 'agiinrybhlacdejkmoptuvwzsmi'],
] as const;
const latinOf = new Map<string, string>(
  pairs.flatMap(([letters, latin]) => {
    const to = Array.from(latin);
    return Array.from(letters).map((letter, index): [string, string] => [
      letter,
      to[index] ?? letter,
    ]);
  }),
);

const plain = /^[ -~\s]*$/;
// a space that was forgotten after a sentence, which would make one host of two words: `example.com.They`
const glued = /([a-z0-9])\.(?=[A-Z][a-z])/g;
const unseen = /[\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]+/gu;
const kept = /[\t\n\r]/;
const marks = /\p{M}+/gu;
const foreign = /[^ -~\s]/gu;

/**
 * One spelling for what a reader takes for the same text: case, compatibility forms, accents, invisible characters,
 * lookalike letters and digits of other scripts are gone. Not for display, and not the same length.
 */
export function foldText(text: string): string {
  const spaced = text.includes('.') ? text.replaceAll(glued, '$1. ') : text;
  if (plain.test(spaced)) return spaced.toLowerCase();
  const seen = spaced.replaceAll(unseen, (found) => (kept.test(found) ? ' ' : ''));
  const bare = seen.normalize('NFKD').replaceAll(marks, '').toLowerCase();
  return bare.replaceAll(foreign, (letter) => latinOf.get(letter) ?? digitOf(letter) ?? letter);
}

const decimal = /^\p{Nd}$/u;
// a few hundred at most, as there are so many in Unicode
const digits = new Map<string, string>();

/** The plain digit for one of another script: each script has its ten in a row, from zero on. */
function digitOf(letter: string): string | undefined {
  const known = digits.get(letter);
  if (known !== undefined || !decimal.test(letter)) return known;
  const code = letter.codePointAt(0) ?? 0;
  let zero = code;
  while (decimal.test(String.fromCodePoint(zero - 1))) zero -= 1;
  const digit = String((code - zero) % 10);
  digits.set(letter, digit);
  return digit;
}
