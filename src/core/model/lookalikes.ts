// Which letters can pass for Latin ones. Drawn from Unicode's confusables (UTS 39), for lower-case letters, since
// names are compared and shown folded.

/** Scripts that people mix with Latin and whose letters do not pass for it. */
const mixable = [
  'Han Hiragana Katakana Hangul Bopomofo Arabic Hebrew Thaana Ethiopic Georgian Thai Lao Khmer Myanmar',
  'Tibetan Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala',
].flatMap((line) => line.split(' '));

/** Alphabets that share shapes with Latin and with each other: each stands alone in a name. */
const alone = [
  'Cyrillic Greek Armenian Cherokee Coptic Lisu Deseret Osage Gothic Glagolitic Old_Italic Carian Lycian',
  'Lydian Tifinagh Vai Warang_Citi Canadian_Aboriginal Runic Elbasan Old_Permic Medefaidrin',
].flatMap((line) => line.split(' '));

/** Letters of other alphabets that a reader takes for Latin ones. */
const shapes = [
  'аеорсухіјѕԁһӏԛԝѵꙇꙅԍ', // Cyrillic
  'αγινορσςυϳ', // Greek
  'ցհոօսյզգաւ', // Armenian
  'ꭰꭱꭲꭵꭹꭺꭻꭼꮃꮇꮋꮍꮐꮓꮞꮟꮢꮤꮥꮩꮪꮮꮯꮲꮶꮷᏼᏻ', // Cherokee
  'ⲁⲉⲓⲕⲙⲛⲟⲣⲥⲧⲩⲭⲍ', // Coptic
  'ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓞꓟꓠꓡꓢꓣꓦꓧꓨꓪꓫꓬꓮꓰꓲꓳꓴ', // Lisu
  '𐐬𐐭𐐰𐐶𐐽𐑃𐑈𐐾', // Deseret
  '𐓀𐓂𐓎𐓘𐓪𐓶', // Osage
].join('');

/** Phonetic and small-capital letters that are Latin by script and look like plain ones. */
const phonetic = 'ɑɡɩɪɴɢʀʏʙʜʟᴀᴄᴅᴇᴊᴋᴍᴏᴑᴘᴛᴜᴠᴡᴢꜰꜱꞯʋɯꭇꭈꮁꞵ';

const latinLetter = /(?=\p{L})\p{Script=Latin}/u;
const phoneticLetter = new RegExp(`[${phonetic}]`, 'u');
const foreignDigit = /(?![0-9])\p{Nd}/u;
const latinOrEastern =
  /^[\p{Script=Latin}\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}\p{Script=Common}\p{Script=Inherited}]*$/u;
const latinOrMixable = onlyScripts(['Latin', ...mixable]);
const ofOneAlone = alone.map((script) => onlyScripts([script]));
const anyAlone = new RegExp(`[${alone.map((script) => `\\p{Script=${script}}`).join('')}]`, 'u');
const onlyShapes = new RegExp(`^[${shapes}\\p{M}]+$`, 'u');

/** What makes a folded name pass for another, as a phrase for a message; undefined if nothing does. */
export function findLookalike(name: string): string | undefined {
  if (/^[ -~]*$/.test(name)) return undefined;
  const words = name.match(/[\p{L}\p{M}]+/gu) ?? [];
  const letters = words.join('');
  if (phoneticLetter.test(letters)) return 'phonetic letters that look like plain ones';
  if (latinLetter.test(letters)) return findMixture(name, words);
  if (!anyAlone.test(letters)) return undefined;
  if (!ofOneAlone.some((only) => only.test(letters))) return 'letters of several alphabets';
  return onlyShapes.test(letters) ? 'nothing but letters that look like Latin ones' : undefined;
}

/** For names with Latin letters. */
function findMixture(name: string, words: readonly string[]): string | undefined {
  if (foreignDigit.test(name)) return 'digits of another script among Latin letters';
  if (!latinOrMixable.test(words.join(''))) return 'letters of another alphabet among Latin ones';
  const mixed = words.some((word) => latinLetter.test(word) && !latinOrEastern.test(word));
  return mixed ? 'letters of several scripts in one word' : undefined;
}

function onlyScripts(scripts: readonly string[]): RegExp {
  const classes = [...scripts, 'Common', 'Inherited'].map((script) => `\\p{Script=${script}}`);
  return new RegExp(`^[${classes.join('')}]*$`, 'u');
}
