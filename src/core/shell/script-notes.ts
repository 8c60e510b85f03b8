import type { Assignment, ParameterExpansionPart, Redirect, SyntaxNode, Word } from 'unbash';
import { notesOfArithmetic } from './arithmetic-text.ts';
import { gap, hasGap } from './command-part.ts';
import { expandWord } from './expand-word.ts';
import type { Note } from './notes.ts';
import { harmless, isDuplicate } from './to-part.ts';
import { isGiven, isPlainValue, notesOfSetting } from './variables.ts';

/** What one node, without those below it, leaves open. */
export function notesOf(node: SyntaxNode): readonly Note[] {
  if (hidesMore(node)) return ['hides'];
  return [...notesOfExpansion(node), ...notesOfTest(node), ...notesOfStatement(node)];
}

function notesOfExpansion(node: SyntaxNode): readonly Note[] {
  if (node.type === 'ArithmeticWord') return notesOfArithmetic(node.value);
  // nobody knows what it gives
  if (node.type === 'CommandExpansion') return ['sets'];
  if (node.type === 'SimpleExpansion') return notesOfGiven(node.text.slice(1));
  if (node.type === 'Slice') return [...notesOfIndex(node.offset), ...notesOfIndex(node.length)];
  if (node.type !== 'ParameterExpansion') return [];
  const { parameter, index, operation } = node;
  const isSet = operation?.type === 'Default' && operation.operator.endsWith('=');
  const set = isSet ? notesOfSetting(parameter, operation.operand.text) : [];
  return [...notesOfGiven(parameter), ...notesOfIndex(index), ...set];
}

/** Within `[[ … ]]`. */
function notesOfTest(node: SyntaxNode): readonly Note[] {
  if (node.type === 'TestBinary' && /^-(?:eq|ne|lt|le|gt|ge)$/.test(node.operator))
    return [...notesOfIndex(node.left), ...notesOfIndex(node.right)];
  if (node.type !== 'TestUnary' || !/^-[vR]$/.test(node.operator)) return [];
  const { value } = node.operand;
  return /[[$`]/.test(value) ? notesOfArithmetic(value) : [];
}

function notesOfStatement(node: SyntaxNode): readonly Note[] {
  if (node.type === 'Assignment') return notesOfAssignment(node);
  if (node.type === 'ArrayValue') return node.elements.flatMap(notesOfElement);
  if (node.type === 'Redirect') return notesOfRedirect(node);
  // what a here-document gives is noted with its command
  if (node.type !== 'For' && node.type !== 'Select') return [];
  return notesOfLoop(node.name.value, node.wordlist);
}

function hidesMore(node: SyntaxNode): boolean {
  // for shells other than bash `((…))` is a command within two subshells
  if (node.type === 'ArithmeticCommand') return /[^\d\s()+*<>=!-]/.test(node.body);
  if (node.type === 'ParameterExpansion') return hidesInParameter(node);
  // `{a[…]}>file`: a redirection that sets a variable
  if (node.type === 'Word') return /^\{\w+\[.*\]\}$/s.test(node.text);
  // the parser lets `${ ls` end with the text
  if (node.type === 'CommandExpansion' && node.text.startsWith('${') && !node.text.endsWith('}'))
    return true;
  if (node.type === 'CommandExpansion' || node.type === 'ProcessSubstitution')
    return node.script === undefined;
  // the shell computes with what it prints
  if (node.type === 'ArithmeticCommandExpansion') return true;
  return node.type === 'ArithmeticExpansion' && node.expression === undefined;
}

/** ${x@P} runs the substitutions that a value holds, ${!x} those in an index. */
function hidesInParameter({ operation, prefix, text }: ParameterExpansionPart): boolean {
  if (prefix === '!' || operation?.type === 'Transform' || operation?.type === 'Unknown')
    return true;
  // within double quotes the shell takes the escapes of $'…' off first, and then expands what is there
  const rest = text.replaceAll(/\$'(?:\\[nrt]|[\w\s,.:;/=+-])*'/g, '');
  return rest.includes("$'") || rest.includes('$"');
}

function notesOfGiven(name: string): readonly Note[] {
  return isGiven(name) ? ['sets'] : [];
}

function notesOfIndex(index: Word | undefined): readonly Note[] {
  return index === undefined || /^[@*]$/.test(index.value) ? [] : notesOfArithmetic(index.value);
}

function notesOfAssignment({ name, index, value, text }: Assignment): readonly Note[] {
  const written = value.type === 'Word' ? value.text : text.slice(text.indexOf('('));
  return [...notesOfIndex(index), ...notesOfSetting(name, written)];
}

/** `[index]=value` within a list. */
function notesOfElement({ text }: Word): readonly Note[] {
  if (!text.startsWith('[') || !/\]\+?=/.test(text)) return [];
  const plain = /^\[(["']?)([\w\s.,:/@%+*-]*|\$\w+)\1\]\+?=/.exec(text);
  return plain === null
    ? ['hides']
    : notesOfArithmetic((plain[2] ?? '').replaceAll(/[.,:/@%]/g, ' '));
}

function notesOfLoop(name: string, list: readonly Word[] | undefined): readonly Note[] {
  const isPlain = list?.every(({ text }) => isPlainValue(text)) === true;
  return notesOfSetting(name, isPlain ? 'x' : undefined);
}

function notesOfRedirect({ operator, target }: Redirect): readonly Note[] {
  const text =
    target === undefined
      ? gap
      : expandWord(target)
          .map((word) => word.text)
          .join(' ');
  if (isDuplicate(operator, text) || harmless.has(text)) return [];
  if (operator.startsWith('<')) return ['feeds'];
  // bash expands the file after `>&` twice
  if (operator !== '>&') return [];
  if (/[$`(]/.test(text)) return ['hides'];
  return hasGap(text) ? ['computes'] : [];
}
