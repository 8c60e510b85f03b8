import { canonicalJson } from '../../model/canonical-json.ts';
import type { Json } from '../../model/json.ts';
import { quote } from '../../model/quote.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import { isSameMatch } from '../narrowing.ts';
import type { Lists } from '../source.ts';
import { type Shape, contains, toShape } from './containment.ts';
import type { LintAround, LintNote, LintedRule } from './lint-finding.ts';
import { isEveryName, textsOf } from './names.ts';
import { hasLimits, isQuietOnError } from './quiet.ts';
import type { Premise } from './value-logic.ts';

// a few seconds; a set in which all rules speak of one tool would need the square of its size
const mostComparisons = 500_000;

/** What only several rules together show: dead, contradictory and duplicate ones. */
export function findPairs(
  rules: readonly LintedRule[],
  around: LintAround & { readonly maxComparisons?: number | undefined },
): readonly LintNote[] {
  const { maxComparisons = mostComparisons } = around;
  return [...findDuplicates(rules), ...findDead(rules, { ...around, maxComparisons })];
}

/** The same but for name, words and tests. */
function findDuplicates(rules: readonly LintedRule[]): readonly LintNote[] {
  const apart = new Set(['name', 'description', 'metadata', 'tests']);
  const first = new Map<string, string>();
  const notes: LintNote[] = [];
  for (const rule of rules) {
    const entries = Object.entries(rule.rule.raw).filter(([key]) => !apart.has(key));
    const text = canonicalJson(Object.fromEntries(entries));
    const known = first.get(text);
    if (known === undefined) first.set(text, rule.rule.name);
    else {
      const message = `the rule ${quote(known)} says the same`;
      notes.push({ code: 'duplicate-rule', rule, at: ['name'], message });
    }
  }
  return notes;
}

function findDead(
  rules: readonly LintedRule[],
  { maxComparisons, ...around }: LintAround & { readonly maxComparisons: number },
): readonly LintNote[] {
  const enforced = rules.filter(({ rule }) => rule.mode === 'enforce');
  const index = createShapeIndex(
    enforced.map(({ rule }) => rule).filter((rule) => rule.verdict !== 'allow' && isPlain(rule)),
    around.lists,
  );
  const notes: LintNote[] = [];
  let left = maxComparisons;
  for (const linted of enforced) {
    const { rule } = linted;
    if (rule.verdict === 'deny' || rule.unmet !== undefined) continue;
    const inner = toShape(rule, around.lists);
    const premise: Premise = isQuietOnError(rule, around) ? 'true' : 'not-false';
    for (const outer of index.near(rule)) {
      left -= 1;
      if (!silences(outer.rule, rule) || !contains(outer, inner, premise)) continue;
      notes.push(toNote(linted, outer.rule));
      break;
    }
    if (left < 0) return [...notes, cutShort(linted, maxComparisons)];
  }
  return notes;
}

function toNote(linted: LintedRule, by: CompiledRule): LintNote {
  const { rule } = linted;
  const verdict = by.verdict === 'deny' ? 'denies' : 'asks a person about';
  if (isSameMatch(rule.raw['condition'], by.raw['condition'])) {
    const message = `the rule ${quote(by.name)} ${verdict} the very same calls`;
    return { code: 'contradictory-rules', rule: linted, at: ['approval'], message };
  }
  const message = `the rule ${quote(by.name)} ${verdict} every call that this one matches`;
  return { code: 'dead-rule', rule: linted, at: ['condition'], message };
}

function cutShort(rule: LintedRule, maxComparisons: number): LintNote {
  const message = `more than ${maxComparisons.toLocaleString('en')} comparisons: rules from here on were not compared`;
  return { code: 'cut-short', rule, at: ['condition'], message };
}

const plainKeys: ReadonlySet<string> = new Set(
  'name description condition approval on_exceed filters requires mode allow_loosening metadata tests'.split(
    ' ',
  ),
);

/** Nothing in it can take its verdict back: no model, no share of the sessions, no key that is not known here. */
function isPlain({ raw }: CompiledRule): boolean {
  return Object.keys(raw).every((key) => plainKeys.has(key));
}

// what these do, a deny undoes
const idleWhenDenied: ReadonlySet<string> = new Set(['llm', 'rollout']);
const wordKeys: ReadonlySet<string> = new Set(
  'name description condition approval mode metadata tests'.split(' '),
);

/** Where both match, `inner` adds nothing to the decision: no verdict, and no filter, limit or demand either. */
function silences(outer: CompiledRule, inner: CompiledRule): boolean {
  if (outer.verdict === inner.verdict) return false;
  if (outer.verdict === 'deny') {
    return Object.keys(inner.raw).every((key) => plainKeys.has(key) || idleWhenDenied.has(key));
  }
  return !hasLimits(inner) && Object.keys(inner.raw).every((key) => wordKeys.has(key));
}

/** Rules that may contain another, found by its first tool and action. */
function createShapeIndex(rules: readonly CompiledRule[], lists: Lists) {
  const places = new Map<string, Shape[]>();
  for (const rule of rules) {
    const shape = toShape(rule, lists);
    for (const tool of keysOf(rule.tools)) {
      for (const action of keysOf(rule.actions)) {
        const key = JSON.stringify([tool, action]);
        const place = places.get(key);
        if (place === undefined) places.set(key, [shape]);
        else place.push(shape);
      }
    }
  }
  return {
    *near(rule: CompiledRule): Generator<Shape> {
      for (const tool of new Set([firstOf(rule.tools), any])) {
        for (const action of new Set([firstOf(rule.actions), any])) {
          yield* places.get(JSON.stringify([tool, action])) ?? [];
        }
      }
    },
  };
}

const any: Json = null;

/** Where a rule is kept: under each of its texts, and apart where a pattern or nothing says which. */
function keysOf(pattern: CompiledRule['tools']): readonly Json[] {
  if (pattern === undefined) return [any];
  const texts = textsOf(pattern);
  return pattern.globs.length > 0 || texts.some(isEveryName) ? [...texts, any] : texts;
}

function firstOf(pattern: CompiledRule['tools']): Json {
  return (pattern === undefined ? undefined : textsOf(pattern)[0]) ?? any;
}
