import type { RegexTree } from './regex-tree.ts';

/** The characters of a pattern by their places, and which place may follow which, in how many ways. */
export interface RegexSteps {
  readonly atoms: readonly string[];
  /** By place: how many ways lead to each next one. */
  readonly next: readonly ReadonlyMap<number, number>[];
}

interface Ends {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly canBeEmpty: boolean;
}

// more copies of what is counted show nothing new
const maxCopies = 3;
const nothing: Ends = { first: [], last: [], canBeEmpty: true };

/** The automaton of Glushkov, with the ways counted: two between the same places are two readings of one text. */
export function toSteps(tree: RegexTree, maxAtoms: number): RegexSteps | undefined {
  const atoms: string[] = [];
  const next: Map<number, number>[] = [];

  const join = (from: readonly number[], to: readonly number[]): void => {
    for (const place of from) {
      for (const then of to) next[place]?.set(then, (next[place].get(then) ?? 0) + 1);
    }
  };
  const both = (one: Ends, other: Ends): Ends => {
    join(one.last, other.first);
    return {
      first: one.canBeEmpty ? [...one.first, ...other.first] : one.first,
      last: other.canBeEmpty ? [...one.last, ...other.last] : other.last,
      canBeEmpty: one.canBeEmpty && other.canBeEmpty,
    };
  };
  const visit = (part: RegexTree): Ends => {
    // beyond the bound nothing is looked at, so nothing has to be built
    if (atoms.length > maxAtoms) return nothing;
    if (part.kind === 'all') return part.parts.map(visit).reduce(both, nothing);
    if (part.kind === 'repeat') return visitRepeat(part);
    if (part.kind === 'any') {
      const ends = part.parts.map(visit);
      return {
        first: ends.flatMap(({ first }) => first),
        last: ends.flatMap(({ last }) => last),
        canBeEmpty: ends.some(({ canBeEmpty }) => canBeEmpty),
      };
    }
    next.push(new Map());
    const place = atoms.push(part.text) - 1;
    return { first: [place], last: [place], canBeEmpty: false };
  };
  const visitRepeat = ({ part, min, max }: RegexTree & { kind: 'repeat' }): Ends => {
    if (max === Infinity) {
      const copies = Array.from({ length: Math.min(Math.max(min, 1), maxCopies) }, () =>
        visit(part),
      );
      const again = copies.at(-1) ?? nothing;
      join(again.last, again.first);
      const all = copies.reduce(both, nothing);
      return min === 0 ? { ...all, canBeEmpty: true } : all;
    }
    let ends = nothing;
    for (let copy = Math.min(max - min, maxCopies); copy > 0; copy -= 1) {
      ends = { ...both(visit(part), ends), canBeEmpty: true };
    }
    for (let copy = Math.min(min, maxCopies); copy > 0; copy -= 1) ends = both(visit(part), ends);
    return ends;
  };

  visit(tree);
  return atoms.length > maxAtoms ? undefined : { atoms, next };
}
