import { gap, hasGap, nameGap } from './command-part.ts';
import { type Likeness, or } from './likeness.ts';

/** How the first word is compared: as it is written, or as any spelling that runs the same program. */
export type NameReading = 'exact' | 'any_path';

// characters of a word that is compared with wildcards: the work grows with its length times the pattern's
const maxCompared = 4096;

/** Whether a word is what one word of a pattern says: `*` any characters, `?` one. */
export function matchText(test: string, text: string, reading: NameReading): Likeness {
  const isOpen = hasGap(text);
  if (test === '*') return 'yes';
  if (text === gap) return 'maybe';
  if (test === text) return isOpen ? 'maybe' : 'yes';
  if (text.includes('/')) return matchPath(test, text, reading);
  return matchPlain(test, text, isOpen);
}

/** A path that climbs names another place than it seems to: to approve it nobody can say which. */
function matchPath(test: string, text: string, reading: NameReading): Likeness {
  // to approve `ls` is not to approve `./ls`
  const path = reading === 'exact' && !test.includes('/') ? text : tidyOnce(text);
  if (!climbs(path)) return matchPlain(test, path, hasGap(path));
  if (reading === 'exact') return /[*?/]/.test(test) ? 'maybe' : 'no';
  const straight = straightenOnce(path);
  const isLoose = climbs(straight) && /^[/~]/.test(test);
  return or(matchPlain(test, straight, hasGap(path)), isLoose ? 'maybe' : 'no');
}

function matchPlain(test: string, text: string, isOpen: boolean): Likeness {
  if (!isOpen && !test.includes('*') && !test.includes('?')) return test === text ? 'yes' : 'no';
  if (text.length > maxCompared) return 'maybe';
  if (includesAll(test, text)) return 'yes';
  return isOpen && overlaps(test, text) ? 'maybe' : 'no';
}

function climbs(path: string): boolean {
  return path.includes('..') && /(?:^|\/)\.\.(?:\/|$)/.test(path);
}

// a word is compared with every pattern before the next one is
const tidyOnce = rememberLast(tidy);
const straightenOnce = rememberLast(straighten);

function rememberLast(turn: (text: string) => string): (text: string) => string {
  let last = '';
  let turned = turn(last);
  return (text) => {
    if (text !== last) [last, turned] = [text, turn(text)];
    return turned;
  };
}

/** Takes out `a/..` by the letters, as if no folder were a link. */
function straighten(path: string): string {
  const steps: string[] = [];
  for (const step of path.split('/')) {
    const last = steps.at(-1);
    if (step !== '..' || last === undefined || last === '..') steps.push(step);
    // above the root is the root
    else if (last !== '') steps.pop();
  }
  return steps.join('/');
}

/** `a//b` and `a/./b` are `a/b`. */
function tidy(text: string): string {
  return text.replaceAll(/\/(?:\.?\/)+/g, '/').replace(/^(?:\.\/)+(?=.)/, '');
}

/** Whether the pattern takes whatever the gaps turn out to be: only a star takes a gap. */
function includesAll(test: string, text: string): boolean {
  let [at, index, star, back] = [0, 0, -1, 0];
  while (index < text.length) {
    const sign = test[at];
    if (sign === '*') {
      star = at;
      back = index;
      at += 1;
    } else if (
      sign !== undefined &&
      text[index] !== gap &&
      text[index] !== nameGap &&
      (sign === '?' || sign === text[index])
    ) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      back += 1;
      index = back;
      at = star + 1;
    } else return false;
  }
  return /^\**$/.test(test.slice(at));
}

/** Whether the gaps can turn out so that the pattern takes the text. */
function overlaps(test: string, text: string): boolean {
  let above = new Uint8Array(text.length + 2);
  let row = new Uint8Array(text.length + 2);
  for (let at = test.length; at >= 0; at -= 1) {
    const sign = test[at];
    const isStart = startsName(test, at);
    row[text.length + 1] = 0;
    for (let index = text.length; index >= 0; index -= 1) {
      const down = above[index] === 1;
      const right = row[index + 1] === 1;
      const both = above[index + 1] === 1;
      row[index] = overlapsAt(sign, text[index], isStart, { down, right, both }) ? 1 : 0;
    }
    [above, row] = [row, above];
  }
  return above[0] === 1;
}

function startsName(test: string, at: number): boolean {
  return at === 0 || test[at - 1] === '/';
}

function overlapsAt(
  sign: string | undefined,
  char: string | undefined,
  isStart: boolean,
  {
    down,
    right,
    both,
  }: { readonly down: boolean; readonly right: boolean; readonly both: boolean },
): boolean {
  if (sign === undefined && char === undefined) return true;
  if (sign === '*') return down || right;
  if (char === gap) return right || down;
  if (char === nameGap) return right || (down && sign !== '/' && !(sign === '.' && isStart));
  if (sign === undefined || char === undefined) return false;
  return (sign === '?' || sign === char) && both;
}
