/** How much a finding weighs: an error keeps the set from being put in force, a note is a matter of habit. */
export type LintSeverity = 'error' | 'warning' | 'note';

interface Described {
  readonly severity: LintSeverity;
  readonly means: string;
  readonly remedy: string;
}

/** Every finding of the linter by its stable code; docs/lint.md shows the same table. */
export const lintCodes = {
  'contradictory-condition': {
    severity: 'error',
    means:
      'a rule that denies or asks a person protects nothing: the predicates of one argument exclude each other',
    remedy: 'correct one of them; for two alternatives write two rules',
  },
  'never-matches': {
    severity: 'warning',
    means:
      'the rule can match no call: predicates that exclude each other, an empty list of names, a `when` that is never true',
    remedy: 'correct the condition, or remove the rule',
  },
  'dead-rule': {
    severity: 'warning',
    means: 'a stricter rule matches every call that this one matches, so this one decides nothing',
    remedy: 'narrow the stricter rule, or remove this one',
  },
  'contradictory-rules': {
    severity: 'warning',
    means: 'two rules say different things of the very same calls; the stricter wins',
    remedy: 'keep the one that is meant',
  },
  'duplicate-rule': {
    severity: 'warning',
    means: 'another rule says the same of the same calls',
    remedy: 'remove one of them',
  },
  'unknown-tool': {
    severity: 'warning',
    means: 'no tool that is declared has this name, so it meets no call',
    remedy: 'correct the name, or declare the tool',
  },
  'unknown-action': {
    severity: 'warning',
    means: 'none of the tools that the rule speaks of has this action',
    remedy: 'correct the action, or leave it out',
  },
  'unknown-argument': {
    severity: 'warning',
    means: 'the closed schema of every tool that the rule speaks of lacks this argument',
    remedy: 'correct the path; the schema of the tool says which arguments there are',
  },
  'unguarded-allow': {
    severity: 'warning',
    means: 'the rule allows a tool that changes something, whatever its arguments are',
    remedy: 'ask something of the arguments under `args`, or ask for a person',
  },
  'blind-destinations': {
    severity: 'warning',
    means:
      'the rule asks where a call goes, and a tool that it speaks of does not say which arguments tell that',
    remedy:
      'name these arguments under `destinations` in the manifest of the tool; if it has none, write `[]` and name the tool in a rule',
  },
  'allow-everything': {
    severity: 'warning',
    means: 'the rule allows every call of every tool',
    remedy: 'name the tools, or what their manifests declare',
  },
  'expired-rule': {
    severity: 'warning',
    means: 'the last day of the rule is over',
    remedy: 'remove the rule, or write a later day',
  },
  'stale-shadow': {
    severity: 'warning',
    means: 'the rule has been in shadow for more than 90 days, and protects nothing',
    remedy: 'enforce it, or remove it',
  },
  'idle-rollout': {
    severity: 'warning',
    means: 'a rollout to nobody, or of a rule that denies to everybody, decides nothing',
    remedy: 'remove `rollout`, and say with `mode` whether the rule is in force',
  },
  'deny-limit': {
    severity: 'warning',
    means: 'a rule that denies lets no call through that could be counted',
    remedy: 'remove the limit, or allow up to it and deny beyond (`on_exceed`)',
  },
  'deny-filters': {
    severity: 'warning',
    means: 'a rule that denies lets no call through that could be filtered',
    remedy: 'take `filters` out, or put them into the rules that let calls through',
  },
  'idle-on-exceed': {
    severity: 'warning',
    means: 'the rule has no limit that could be exceeded',
    remedy: 'add a limit such as `max_per_hour`, or take `on_exceed` out',
  },
  'idle-on-error': {
    severity: 'warning',
    means:
      'the defaults of all files together deny where nothing matches, so `require_review` for errors asks nobody',
    remedy:
      'write `"approval": "require_review"` beside it in every file with defaults, or take `on_error` out',
  },
  'llm-loosens': {
    severity: 'warning',
    means: 'a model may replace the verdict of the rule by a looser one',
    remedy: 'take out of `llm.may` what is looser than `approval`',
  },
  'glob-everything': {
    severity: 'warning',
    means: 'the pattern matches everything, so it asks nothing',
    remedy: 'leave it out, or make it narrower',
  },
  'regex-backtracks': {
    severity: 'warning',
    means: 'harmless here, but other engines need exponential time for such an expression',
    remedy:
      'let what repeats begin or end with what nothing else in it matches, lest somebody copies it',
  },
  'unanchored-regex': {
    severity: 'note',
    means: 'the expression of a rule that allows is satisfied by any part of the value',
    remedy: 'begin it with `^` and end it with `$`',
  },
  'public-suffix': {
    severity: 'warning',
    means: 'everybody can register a name below this domain',
    remedy: 'name the domain that you mean, such as `example.co.uk`',
  },
  'renamed-rule': {
    severity: 'warning',
    means: 'a rule with limits has another name now, so its limits start anew',
    remedy: 'keep the old name',
  },
  'no-owner': {
    severity: 'note',
    means: 'nobody is named who answers for the rule',
    remedy: 'write `"metadata": { "owner": … }`',
  },
  'cut-short': {
    severity: 'warning',
    means: 'too many rules speak of the same tools to compare each with each',
    remedy: 'name tools and actions in the rules instead of patterns',
  },
} as const satisfies Readonly<Record<string, Described>>;
export type LintCode = keyof typeof lintCodes;
