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
const unseen = /[\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]+/gu;
const kept = /[\t\n\r]/;
const marks = /\p{M}+/gu;
const foreign = /[^ -~\s]/gu;

/**
 * One spelling for what a reader takes for the same text: case, compatibility forms, accents, invisible characters and
 * lookalike letters are gone. Not for display, and not the same length.
 */
export function foldText(text: string): string {
  if (plain.test(text)) return text.toLowerCase();
  const seen = text.replaceAll(unseen, (found) => (kept.test(found) ? ' ' : ''));
  const bare = seen.normalize('NFKD').replaceAll(marks, '').toLowerCase();
  return bare.replaceAll(foreign, (letter) => latinOf.get(letter) ?? letter);
}
