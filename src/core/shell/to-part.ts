import type { Assignment, Command, HereDoc, Redirection, Word } from 'unbash';
import { type CommandPart, type ShellWord, gap } from './command-part.ts';
import { expandWord } from './expand-word.ts';
import { isPlainValue } from './variables.ts';

/** One simple command of the source as what it would run. */
export function toPart(command: Command, piped: boolean): CommandPart {
  const { name, args, prefix, redirects } = command;
  const all = name === undefined ? args : [name, ...args];
  return {
    words: all.flatMap(toWords),
    // before the name of a command, or after `export` and its like
    env: [...prefix, ...args].flatMap((item) => (item.type === 'Assignment' ? [item.name] : [])),
    piped,
    ...redirectsOf(redirects),
  };
}

function toWords(word: Word | Assignment): readonly ShellWord[] {
  if (word.type === 'Word') return expandWord(word);
  const sign = word.append === true ? '+=' : '=';
  if (word.index !== undefined) return [{ text: word.name + gap, becomes: 'one' }];
  if (word.value.type !== 'Word') {
    const list = word.text.slice(word.text.indexOf('('));
    return [{ text: word.name + sign + (isPlainValue(list) ? list : `(${gap}`), becomes: 'one' }];
  }
  const value = expandWord(word.value);
  const text = value.map((each) => each.text).join(' ');
  return [{ text: word.name + sign + text, becomes: 'one' }];
}

/** The redirections of a group, as a command without words. */
export function toRedirectPart(redirects: readonly Redirection[], piped: boolean): CommandPart {
  return { ...redirectsOf(redirects), words: [], env: [], piped };
}

/** Files of the system that keep nothing and give nothing. */
export const harmless: ReadonlySet<string> = new Set(['/dev/null', '/dev/stdout', '/dev/stderr']);

function redirectsOf(
  redirects: readonly Redirection[],
): Pick<CommandPart, 'reads' | 'writes' | 'input'> {
  const reads: string[] = [];
  const writes: string[] = [];
  let input: string | undefined;
  for (const redirect of redirects) {
    if (redirect.type === 'HereDoc') {
      input = hereText(redirect);
      continue;
    }
    const target = redirect.target === undefined ? gap : targetOf(redirect.target);
    if (redirect.type === 'HereString') input = target;
    else if (isDuplicate(redirect.operator, target) || harmless.has(target)) continue;
    else if (redirect.operator === '<' || redirect.operator === '<&') reads.push(target);
    else writes.push(target);
  }
  return { reads, writes, input };
}

/** Known if nothing in it is expanded. */
function hereText({ body, delimiter }: HereDoc): string {
  if (delimiter?.quoted === true) return body.text;
  return body.parts !== undefined || body.text.includes('\\') ? gap : body.text;
}

function targetOf(word: Word): string {
  const [first, ...more] = expandWord(word);
  return first === undefined || more.length > 0 ? gap : first.text;
}

/** `2>&1`, `<&3`, `>&-` name no file. */
export function isDuplicate(operator: string, target: string): boolean {
  return operator.endsWith('&') && /^(?:\d+-?|-)$/.test(target);
}
