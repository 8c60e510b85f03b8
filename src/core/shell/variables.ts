import type { Note } from './notes.ts';

// the shell itself fills them: with words of the line, with names of folders, with what was read
const given =
  /^(?:\d+|[@*_]|BASH.*|COMP_.*|COPROC|DIRSTACK|FUNCNAME|MAPFILE|OLDPWD|OPTARG|PWD|READLINE_.*|REPLY)$/;

// whoever sets them has something run, or changes how the rest is read
const running = /^(?:BASH_(?:ENV|CMDS|ALIASES|FUNC_.*)|PROMPT_COMMAND|SHELLOPTS|BASHOPTS)$/;

// the shell expands what they hold, or computes with it, also without being asked
const evaluated = /^(?:PS[0-4]|ENV|MAILPATH|OPTIND|HISTCMD|RANDOM|SRANDOM)$/;

const plainValue =
  /^(?:[\w.,:/@%+{}-]*|\$[!?$#]|\$\(\([\w\s+*%/-]*\)\)|\([\w\s.,:/@%+="'[\]-]*\))$/;

/** Whether the shell sets the variable or parameter by itself. */
export function isGiven(name: string): boolean {
  return given.test(name);
}

/** Whether a value, as it is written, holds nothing that the shell would run: a number, a word, a list of such. */
export function isPlainValue(text: string): boolean {
  // a value that names a variable is computed as that variable is
  const names = text.match(/[A-Za-z_]\w*/g) ?? [];
  return plainValue.test(text) && !names.some(isGiven);
}

/** What setting a variable leaves open; undefined stands for a value that the text does not hold. */
export function notesOfSetting(name: string, value: string | undefined): readonly Note[] {
  if (running.test(name)) return ['hides'];
  const isPlain = value !== undefined && isPlainValue(value);
  if (!evaluated.test(name)) return isPlain ? [] : ['sets'];
  if (!isPlain) return ['hides'];
  return /^\d*$/.test(value) ? [] : ['computes'];
}
