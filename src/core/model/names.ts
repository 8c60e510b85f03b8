import { SupervisionError } from './errors.ts';
import { findLookalike } from './lookalikes.ts';
import { quote } from './quote.ts';

/** What a name names: each kind has its own space of names. */
export type NameKind = 'tool' | 'action' | 'agent' | 'session' | 'role' | 'permission';

const maxCharacters = 256;
const maxKnown = 4096;

/** Names that passed, by kind: the same few come with every call. Bounded, so that fresh names cannot fill it. */
const known: { readonly [kind in NameKind]: Map<string, string> } = {
  tool: new Map(),
  action: new Map(),
  agent: new Map(),
  session: new Map(),
  role: new Map(),
  permission: new Map(),
};

/**
 * The one spelling of a name, 1 to 256 characters: NFKC and case folded, so that `Send_Mail` and `send_mail` are one.
 * Ids of sessions keep their spelling. Throws NAME_INVALID for invisible characters, outer white space and lookalikes.
 */
export function canonicalName(kind: NameKind, name: string): string {
  const found = known[kind].get(name);
  if (found !== undefined) return found;
  const canonical = kind === 'session' ? checkSessionId(name) : foldName(kind, name);
  if (known[kind].size >= maxKnown) known[kind].clear();
  known[kind].set(name, canonical);
  return canonical;
}

function checkSessionId(id: string): string {
  checkCharacters('session', id);
  if (id.normalize('NFC') !== id) {
    throw invalid('session', id, 'is not in normal form C; pass it through `normalize()`');
  }
  return id;
}

function foldName(kind: NameKind, name: string): string {
  checkCharacters(kind, name);
  const folded = fold(name);
  checkCharacters(kind, folded);
  if (folded.includes('  ')) throw invalid(kind, name, 'holds two spaces in a row; use one');
  const lookalike = findLookalike(folded);
  if (lookalike === undefined) return folded;
  throw invalid(kind, name, `holds ${lookalike}, so it can pass for another; rename it`);
}

/** Applied again the result is the same: a name that was folded before is its own canonical form. */
function fold(name: string): string {
  let folded = foldOnce(name);
  for (let next = foldOnce(folded); next !== folded; next = foldOnce(folded)) folded = next;
  return folded;
}

/** Through upper case, so that `ß` meets `SS` and `ı` meets `i`; a dot above a dotted letter is not seen. */
function foldOnce(name: string): string {
  const folded = name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  return folded.replaceAll(/(?<=\p{Soft_Dotted})\u0307/gu, '');
}

const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const oddSpace = /(?! )\s/u;

function checkCharacters(kind: NameKind, name: string): void {
  if (typeof name !== 'string') throw invalid(kind, typeof name, 'is not a text; give one');
  if (name === '') throw invalid(kind, name, 'is empty; give one');
  // twice the bound in UTF-16 units: the first test keeps huge names from the others
  if (name.length > 2 * maxCharacters || Array.from(name).length > maxCharacters) {
    throw invalid(kind, name, `is longer than ${maxCharacters} characters; shorten it`);
  }
  const found = unseen.exec(name)?.[0];
  if (found !== undefined) {
    throw invalid(
      kind,
      name,
      `holds the control, invisible or unassigned ${codeOf(found)}; remove it`,
    );
  }
  if (name.trim() !== name) throw invalid(kind, name, 'begins or ends with white space; trim it');
  const space = kind === 'session' ? oddSpace.exec(name)?.[0] : undefined;
  if (space !== undefined)
    throw invalid(kind, name, `holds the space ${codeOf(space)}; use a plain one`);
  if (/^\p{M}/u.test(name)) throw invalid(kind, name, 'begins with a combining mark; remove it');
}

function codeOf(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `character U+${hex.padStart(4, '0')}`;
}

function invalid(kind: NameKind, name: string, problem: string): SupervisionError {
  return new SupervisionError('NAME_INVALID', `the ${kind} name ${quote(name)} ${problem}`);
}
