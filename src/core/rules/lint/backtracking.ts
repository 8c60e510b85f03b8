import { compileLinearRegex } from '../../model/linear-regex.ts';
import { type RegexSteps, toSteps } from './regex-steps.ts';
import { parseRegexTree } from './regex-tree.ts';

// in larger patterns nothing is looked for
const maxAtoms = 120;
const maxVisits = 50_000;

/**
 * Whether engines that backtrack may need exponential time for a pattern: a repetition in which some text can be read
 * in two ways, or two repetitions of anything side by side. Which characters two parts share is tried with samples.
 */
export function mayBacktrack(pattern: string): boolean {
  if (/\.[*+]\??\.[*+]/.test(pattern)) return true;
  // without a group that is repeated there is only one way through each repetition
  if (!/\)(?:[*+]|\{\d+,\})/.test(pattern)) return false;
  const steps = toSteps(parseRegexTree(pattern), maxAtoms);
  return steps !== undefined && hasTwoReadings(steps, samplesOf(pattern, steps.atoms));
}

/** Whether some text leads from a place back to it in two ways: then each repetition of it doubles the readings. */
function hasTwoReadings({ next }: RegexSteps, samples: readonly ReadonlySet<string>[]): boolean {
  let visits = 0;
  const overlaps = next.map(() => new Map<number, boolean>());
  const overlap = (one: number, other: number): boolean => {
    const known = overlaps[one]?.get(other);
    if (known !== undefined) return known;
    const shared = [...(samples[one] ?? [])].some((char) => samples[other]?.has(char) === true);
    overlaps[one]?.set(other, shared);
    return shared;
  };
  const returnsTwice = (start: number): boolean => {
    const seen = new Set<string>();
    const open: Pair[] = [{ one: start, other: start, areApart: false }];
    for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
      for (const [one, ways] of next[pair.one] ?? []) {
        for (const other of next[pair.other]?.keys() ?? []) {
          visits += 1;
          if (visits > maxVisits) return false;
          if (one !== other && !overlap(one, other)) continue;
          const isDouble = pair.one === pair.other && one === other && ways > 1;
          const areApart = pair.areApart || one !== other || isDouble;
          if (areApart && one === start && other === start) return true;
          const key = `${one},${other},${areApart}`;
          if (seen.has(key)) continue;
          seen.add(key);
          open.push({ one, other, areApart });
        }
      }
    }
    return false;
  };
  return next.some((_, place) => returnsTwice(place));
}

/** Two readings of the same text: where each is, and whether they ever went apart. */
interface Pair {
  readonly one: number;
  readonly other: number;
  readonly areApart: boolean;
}

const common = ' \t\naA0_-.,éЖ中';

/** Which of some characters, those of the pattern and their neighbours among them, each atom takes. */
function samplesOf(pattern: string, atoms: readonly string[]): readonly ReadonlySet<string>[] {
  const ignoreCase = /\(\?[a-zA-Z]*i/.test(pattern);
  const codes = Array.from(pattern, (char) => char.codePointAt(0) ?? 0);
  const near = codes.flatMap((code) => [code - 1, code, code + 1]).filter(isCharacter);
  const chars = [
    ...new Set(Array.from(common).concat(near.map((code) => String.fromCodePoint(code)))),
  ];
  const taken = new Map<string, ReadonlySet<string>>();
  for (const atom of new Set(atoms)) {
    const { test } = compileLinearRegex(`^(?:${atom})$`, { ignoreCase });
    taken.set(atom, new Set(chars.filter((char) => test(char) === true)));
  }
  return atoms.map((atom) => taken.get(atom) ?? new Set());
}

function isCharacter(code: number): boolean {
  return code >= 0 && code <= 0x10_ff_ff && (code < 0xd8_00 || code > 0xdf_ff);
}
