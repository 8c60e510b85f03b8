import type { SyntaxNode } from 'unbash';

/** What a script says of what else may run. */
export interface ScriptNotes {
  /** More may run than was taken. */
  giveUp(): void;
  /** The text computes with a variable: the shell runs what such a variable holds in `a[$(…)]`. */
  sawArithmetic(): void;
  /** The text sets a variable to something that is not a plain number or word. */
  sawValue(): void;
}

const plainValue = /^[\w.,:/@%+-]*$/;

/** Notes what one node, without those below it, says of what else may run. */
export function noteOf(node: SyntaxNode, notes: ScriptNotes): void {
  if (hidesMore(node)) notes.giveUp();
  if (computes(node)) notes.sawArithmetic();
  if (setsValue(node)) notes.sawValue();
}

function hidesMore(node: SyntaxNode): boolean {
  // for shells other than bash `((…))` is a command within two subshells
  if (node.type === 'ArithmeticCommand') return /[^\d\s()+*<>=!-]/.test(node.body);
  // ${x@P} runs the substitutions that a value holds, ${!x} those in an index
  if (node.type === 'ParameterExpansion')
    return node.operation?.type === 'Transform' || node.prefix === '!';
  // the parser lets `${ ls` end with the text
  if (node.type === 'CommandExpansion' && node.text.startsWith('${') && !node.text.endsWith('}'))
    return true;
  if (node.type === 'CommandExpansion' || node.type === 'ProcessSubstitution')
    return node.script === undefined;
  if (node.type === 'ArithmeticCommandExpansion') return node.script === undefined;
  return node.type === 'ArithmeticExpansion' && node.expression === undefined;
}

function computes(node: SyntaxNode): boolean {
  if (node.type === 'ArithmeticWord') return /[A-Za-z_$]/.test(node.value);
  if (node.type === 'ParameterExpansion') {
    const { index, operation } = node;
    return (
      operation?.type === 'Slice' || (index !== undefined && !/^(?:\d+|[@*])$/.test(index.value))
    );
  }
  if (node.type === 'TestUnary') return node.operator === '-v' || node.operator === '-R';
  if (node.type === 'TestBinary') return /^-(?:eq|ne|lt|le|gt|ge)$/.test(node.operator);
  return node.type === 'Assignment' && node.index !== undefined;
}

function setsValue(node: SyntaxNode): boolean {
  if (node.type === 'Assignment')
    return node.value.type !== 'Word' || !plainValue.test(node.value.text);
  if (node.type !== 'For' && node.type !== 'Select') return false;
  return !(node.wordlist ?? []).every(({ text }) => plainValue.test(text));
}
