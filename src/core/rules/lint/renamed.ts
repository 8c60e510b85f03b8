import { quote } from '../../model/quote.ts';
import { canonicalJson } from '../../model/canonical-json.ts';
import { isJsonObject } from '../../model/json.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import type { LintNote, LintedRule } from './lint-finding.ts';
import { hasLimits } from './quiet.ts';

/** Rules that bear another name than in the set before: limits are counted under the name, so theirs start anew. */
export function findRenamed(
  rules: readonly LintedRule[],
  before: readonly CompiledRule[],
): readonly LintNote[] {
  const names = new Set(rules.map(({ rule }) => rule.name));
  const earlier = new Set(before.map(({ name }) => name));
  const gone = new Map(
    before
      .filter((rule) => !names.has(rule.name) && hasLimits(rule))
      .map((rule) => [bodyOf(rule), rule.name]),
  );
  return rules.flatMap((rule) => {
    const was = earlier.has(rule.rule.name) ? undefined : gone.get(bodyOf(rule.rule));
    if (was === undefined) return [];
    const message = `the rule was called ${quote(was)}, and what was counted under that name no longer counts`;
    return [{ code: 'renamed-rule', rule, at: ['name'], message }];
  });
}

/** What the rule says, without the numbers of short limits, so that a rename with a new maximum is found too. */
function bodyOf({ raw }: CompiledRule): string {
  const condition = raw['condition'];
  const kept = isJsonObject(condition) ? Object.entries(condition) : [];
  const parts = kept.map(
    ([key, value]) => [key, key.startsWith('max_per_') ? true : value] as const,
  );
  return canonicalJson([raw['approval'] ?? null, Object.fromEntries(parts)]);
}
