import { isPublicSuffix, parseDomain } from '../../model/host-name.ts';
import { quote } from '../../model/quote.ts';
import { compileGlob } from '../glob.ts';
import type { PredicatesSource, ScopeSource } from '../source.ts';
import { mayBacktrack } from './backtracking.ts';
import { isFree } from './habits.ts';
import type { LintNote, LintedRule } from './lint-finding.ts';
import { isEveryName } from './names.ts';

/** Globs and regular expressions that ask nothing, too little, or what is dangerous elsewhere. */
export function findPatterns(rule: LintedRule): readonly LintNote[] {
  const { args = {}, destinations, ...scopes } = rule.rule.source.condition;
  const at = (...steps: readonly string[]) => ['condition', ...steps];
  return [
    ...(['tool', 'action', 'agent', 'role', 'env'] as const).flatMap((key) =>
      isEveryScope(scopes[key]) ? [everything(rule, at(key), key)] : [],
    ),
    ...Object.entries(args).flatMap(([path, predicates]) =>
      ofPredicates(rule, at('args', path), predicates),
    ),
    ...(destinations === undefined ? [] : ofPredicates(rule, at('destinations'), destinations)),
  ];
}

function isEveryScope(scope: ScopeSource | undefined): boolean {
  if (typeof scope === 'string') return isEveryName(scope);
  return scope !== undefined && !('in_list' in scope) && scope.some(isEveryName);
}

function everything(rule: LintedRule, at: readonly string[], what: string): LintNote {
  const message = `${quote(what)} is a pattern that matches everything`;
  return { code: 'glob-everything', rule, at, message };
}

function ofPredicates(
  rule: LintedRule,
  at: readonly string[],
  { glob, regex, domain }: PredicatesSource,
): readonly LintNote[] {
  const where = at.slice(1).join('.');
  const notes: LintNote[] = [];
  if (glob !== undefined && isEveryText(glob)) {
    notes.push(everything(rule, [...at, 'glob'], `${where} glob`));
  }
  if (isFree(rule.rule) && textsOf(domain).some(isSuffix)) {
    const message = `strangers can register names under a domain that ${quote(where)} asks for`;
    notes.push({ code: 'public-suffix', rule, at: [...at, 'domain'], message });
  }
  for (const pattern of textsOf(regex)) {
    if (mayBacktrack(pattern)) {
      const message = `the expression for ${quote(where)} can read a text in many ways`;
      notes.push({ code: 'regex-backtracks', rule, at: [...at, 'regex'], message });
    }
    if (isFree(rule.rule) && !isAnchored(pattern)) {
      const message = `the expression for ${quote(where)} may be met by a part of the value`;
      notes.push({ code: 'unanchored-regex', rule, at: [...at, 'regex'], message });
    }
  }
  return notes;
}

const samples = ['', 'a', 'a/b', '/', '.x/y', '/a/b/c.d', 'a b\nc', 'https://a.b/c?d'];

/** By samples that have little in common: what matches all of them asks nothing worth asking. */
function isEveryText(glob: string): boolean {
  const test = compileGlob(glob);
  return samples.every((sample) => test(sample) === true || sample === '');
}

/** One text, or several in brackets; a named list is looked at where it is written. */
function textsOf(source: unknown): readonly string[] {
  const texts = Array.isArray(source) ? source : [source];
  return texts.filter((text) => typeof text === 'string');
}

function isSuffix(domain: string): boolean {
  const name = parseDomain(domain);
  return name !== undefined && isPublicSuffix(name);
}

/** Alternatives outside a group have ends of their own, so those count as open. */
function isAnchored(pattern: string): boolean {
  const bare = pattern.replace(/^\(\?[a-z]+\)/i, '');
  const starts = /^(?:\^|\\A)/.test(bare);
  const ends = /(?<!\\)(?:\\\\)*(?:\$|\\z)$/.test(bare);
  return starts && ends && !hasOpenAlternatives(bare);
}

function hasOpenAlternatives(pattern: string): boolean {
  let depth = 0;
  for (const [token] of pattern.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|[(|)]/gsu)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (token === '|' && depth === 0) return true;
  }
  return false;
}
