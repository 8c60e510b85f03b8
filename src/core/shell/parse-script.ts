import { type ParsedScript, type SyntaxNode, forEachChild, parse } from 'unbash';
import type { CommandPart } from './command-part.ts';
import type { Note } from './notes.ts';
import { notesOf } from './script-notes.ts';
import { toPart, toRedirectPart } from './to-part.ts';

/** How a script is read into its commands, step by step. */
export interface ScriptReader {
  /** Takes one simple command. */
  take(part: CommandPart): void;
  /** Takes what is not sure. */
  note(note: Note): void;
  /** It takes no more. */
  isFull(): boolean;
}

/** Words, assignments and redirections of one command of the source. */
export const maxWords = 2048;
const maxScripts = 16;
const maxNodes = 500;
// each open here-document makes the parser look once more through the rest of the text
const maxHereDocuments = 32;

/** Reads a script of bash into its simple commands. Never throws; what it cannot read it gives up. */
export function parseScript(text: string, piped: boolean, reader: ScriptReader): void {
  try {
    if (text.split('<<').length > maxHereDocuments) reader.note('hides');
    else walkScript(parse(text), { piped, scripts: 0, nodes: 0 }, reader);
  } catch {
    // the parser recurses: text nested without end exhausts its stack
    reader.note('hides');
  }
}

interface Place {
  readonly piped: boolean;
  readonly scripts: number;
  readonly nodes: number;
}

function walkScript(script: ParsedScript, place: Place, reader: ScriptReader): void {
  if (place.scripts > maxScripts || script.errors !== undefined) return reader.note('hides');
  for (const statement of script.commands) walk(statement, place, reader);
}

function walk(node: SyntaxNode, place: Place, reader: ScriptReader): void {
  const below = { ...place, nodes: place.nodes + 1 };
  if (below.nodes > maxNodes || reader.isFull()) return reader.note('hides');
  if (node.type === 'Script') {
    return walkScript(node, { ...below, scripts: place.scripts + 1 }, reader);
  }
  if (node.type === 'Pipeline') {
    const [first, ...others] = node.commands;
    if (first !== undefined) walk(first, below, reader);
    for (const command of others) walk(command, { ...below, piped: true }, reader);
    return;
  }
  if (node.type === 'Command') {
    if (node.prefix.length + node.suffix.length > maxWords) return reader.note('hides');
    reader.take(toPart(node, place.piped));
  }
  if (node.type === 'Redirected') reader.take(toRedirectPart(node.redirects, place.piped));
  for (const note of notesOf(node)) reader.note(note);
  const inside = readsUnknown(node) ? { ...below, piped: true } : below;
  forEachChild(node, (child) => walk(child, inside, reader));
}

/** `>(…)` reads what another command writes; a function is called later, with who knows what to read. */
function readsUnknown(node: SyntaxNode): boolean {
  if (node.type === 'ProcessSubstitution') return node.operator === '>';
  return node.type === 'Function' || node.type === 'Coproc';
}
