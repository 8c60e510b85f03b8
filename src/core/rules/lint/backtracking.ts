interface Group {
  repeats: boolean;
  /** The first characters of its alternatives. */
  readonly starts: string[];
  expectsStart: boolean;
}

const unbounded = /^(?:[*+]|\{\d*,\})/;

/**
 * Whether engines that backtrack may need exponential time for a pattern: a repetition in a repetition, alternatives
 * that begin the same in a repetition, or two repetitions of anything side by side. A look at the text, no proof.
 */
export function mayBacktrack(pattern: string): boolean {
  if (/\.[*+]\??\.[*+]/.test(pattern)) return true;
  const open: Group[] = [];
  let at = 0;
  while (at < pattern.length) {
    const rest = pattern.slice(at);
    const atom = atomOf(rest);
    at += atom.length;
    const isRepeated = unbounded.test(pattern.slice(at));
    if (atom === '(') {
      open.push({ repeats: false, starts: [], expectsStart: true });
      at += /^\?(?:[:=!]|<[=!]|P?<[^>]*>|[a-z-]*:)/i.exec(pattern.slice(at))?.[0].length ?? 0;
      continue;
    }
    const group = atom === ')' ? open.pop() : open.at(-1);
    if (atom === ')' && group !== undefined && isRepeated && isRisky(group)) return true;
    const around = open.at(-1);
    if (atom === ')') inherit(around, group, isRepeated);
    else note(group, atom, isRepeated);
  }
  return false;
}

function isRisky({ repeats, starts }: Group): boolean {
  return repeats || new Set(starts).size < starts.length;
}

function inherit(around: Group | undefined, inner: Group | undefined, isRepeated: boolean): void {
  if (around === undefined) return;
  around.repeats ||= isRepeated || inner?.repeats === true;
  if (around.expectsStart) around.starts.push(`(${inner?.starts.join('') ?? ''}`);
  around.expectsStart = false;
}

function note(group: Group | undefined, atom: string, isRepeated: boolean): void {
  if (group === undefined) return;
  if (atom === '|') {
    group.expectsStart = true;
    return;
  }
  group.repeats ||= isRepeated;
  if (group.expectsStart && !/^[*+?{]/.test(atom)) {
    group.starts.push(atom);
    group.expectsStart = false;
  }
}

/** One escape, class, repetition or character. */
function atomOf(text: string): string {
  const found = /^(?:\\[pP]\{[^}]*\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\})/su.exec(
    text,
  )?.[0];
  return found ?? text.charAt(0);
}
