const labels = '(?:[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?\\.){1,8}';
const host = `${labels}[\\p{L}]{2,24}`;
const network = '(?:\\d{1,3}\\.){3}\\d{1,3}|\\[[0-9a-f:.]{2,45}\\]';
const mail = `[\\p{L}\\p{N}._%+-]{1,64}@${host}`;
const url = `(?:[a-z][a-z0-9+.-]{1,15}://[^\\s"'<>\\\\)\\]}]{1,2000})`;
const account =
  '(?<![\\p{L}\\p{N}])[a-z]{2}\\d{2}[ ]?(?:[a-z0-9]{4}[ ]?){2,7}[a-z0-9]{1,4}(?![\\p{L}\\p{N}])';
// in groups or with a plus: a bare number is an id as often as an address
const digits =
  '(?<![\\p{L}\\p{N}.,])(?:\\+\\d(?:[ ()/-]?\\d){6,18}|\\(?\\d{2,5}\\)?(?:[ /-]\\d{2,5}){2,5})(?![\\p{L}\\p{N}])';
const wallet = '(?<![\\p{L}\\p{N}])(?:0x[0-9a-f]{40}|bc1[a-z0-9]{20,80})(?![\\p{L}\\p{N}])';
const pattern = new RegExp(
  [
    url,
    mail,
    `(?:${host}|${network})(?:[/?#][^\\s"'<>\\\\)\\]}]{0,2000})?`,
    wallet,
    account,
    digits,
  ].join('|'),
  'giu',
);
// a day has as many digits as a telephone number
const dateOnly = /^(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{4})(?:[ -]\d{1,2})?$/;
const maxAddresses = 256;

/**
 * What in a text says where something goes: URLs, hosts, e-mail addresses, account numbers, telephone numbers. At most 256,
 * and only in the first 65,536 UTF-16 units; `isCut` says that there was more.
 */
export function addressesIn(text: string): {
  readonly found: readonly string[];
  readonly isCut: boolean;
} {
  const found: string[] = [];
  for (const [match] of text.slice(0, 65_536).matchAll(pattern)) {
    if (dateOnly.test(match)) continue;
    if (found.length >= maxAddresses) return { found, isCut: true };
    found.push(match.replace(/[.,;:!?]+$/, ''));
  }
  return { found, isCut: text.length > 65_536 };
}

/**
 * Endings of files that are no top-level domain (IANA's list of 2026-05-16), so that no name of the internet ends so.
 * Those that are one too, as md, py, rs, sh and zip, are not here: `notes.md` may be anybody's host.
 */
const fileEndings = [
  'txt log csv tsv json jsonl xml yml yaml toml ini cfg conf env lock sql sqlite',
  'js jsx mjs cjs ts tsx vue css scss sass less htm html php rb go kt cpp hpp ipynb tex diff patch bak tmp',
  'pdf doc docx xls xlsx ppt pptx odt ods odp rtf epub eml ics vcf',
  'png jpg jpeg gif svg webp bmp tif tiff ico wav ogg mpeg mkv avi tar tgz gz rar jar exe bat cmd dll',
].flatMap((line) => line.split(' '));
const fileName = new RegExp(`^${labels}(?:${fileEndings.join('|')})$`, 'iu');

/** Whether what was found as an address is the bare name of a file, as `user.test.ts`: nothing before it, nothing behind. */
export function isFileName(address: string): boolean {
  return fileName.test(address);
}

const beforeIt = /[\p{L}\p{N}._@+~%-]{1,256}$/u;
const behindIt = /^[\p{L}\p{N}._@+~%-]{1,256}/u;

/** The address where it first stands in the text, with what is tied to it there (at most 256 UTF-16 units on each side). */
export function tiedTo(text: string, address: string): string {
  const at = text.indexOf(address);
  if (at === -1) return address;
  const end = at + address.length;
  const [before = ''] = beforeIt.exec(text.slice(Math.max(0, at - 256), at)) ?? [];
  const [behind = ''] = behindIt.exec(text.slice(end, end + 256)) ?? [];
  return `${before}${address}${behind.replace(/[.,;:!?]+$/, '')}`;
}

const hostOf = new RegExp(
  `^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@?#]*@)?(${host}|${network})((?::\\d+)?(?:$|[/?#].*$))`,
  'isu',
);
const mailOnly = new RegExp(`^(?:mailto:)?(${mail})$`, 'iu');

/**
 * Of an address, what says whose it is (the host of a URL, all of an e-mail address) and what stands behind that;
 * undefined for everything else.
 */
export function splitAddress(
  value: string,
): { readonly owner: string; readonly rest: string } | undefined {
  const [, owner, rest = ''] = mailOnly.exec(value) ?? hostOf.exec(value) ?? [];
  return owner === undefined ? undefined : { owner, rest };
}
