import { isJsonArray, isJsonObject, type Json } from '../../model/json.ts';
import { quote } from '../../model/quote.ts';
import type { ToolDefinition } from '../../model/tool.ts';
import { parseArgPath } from '../arg-path.ts';
import { matchTool } from '../name-pattern.ts';
import { knowledgeOf } from '../schema-knowledge.ts';
import { parseLimitPath } from '../limits.ts';
import { asksOfCall, isFree } from './habits.ts';
import type { LintNote, LintedRule } from './lint-finding.ts';
import { matchesText } from './names.ts';

/** Tools by their canonical names; one name may be declared in several ways. */
export type KnownTools = ReadonlyMap<string, readonly ToolDefinition[]>;

/** What a rule says of tools, beside what is declared of them. */
export function findToolNotes(rule: LintedRule, tools: KnownTools): readonly LintNote[] {
  const unknown = findUnknownTools(rule, tools);
  const met = metBy(rule, tools);
  if (met.length === 0) return unknown;
  return [
    ...unknown,
    ...findUnknownActions(rule, met),
    ...findUnknownArguments(rule, met),
    ...findUnguarded(rule, met),
    ...findBlind(rule, met),
  ];
}

function findUnknownTools(rule: LintedRule, tools: KnownTools): readonly LintNote[] {
  const scope = rule.rule.source.condition.tool;
  const names = [...tools.keys()];
  const isMet = (text: string) =>
    names.some((name) => matchesText(text, name) || (text.includes('.') && isDotted(text, name)));
  const texts = [...(rule.rule.tools?.exact ?? [])];
  const missing = texts.filter((text) => !isMet(text));
  return missing.map((text) => {
    const at = ['condition', 'tool'];
    const message = `no declared tool has the name ${quote(text)}, so it meets no call`;
    const index = typeof scope === 'object' && !('in_list' in scope) ? texts.indexOf(text) : -1;
    return { code: 'unknown-tool', rule, at: index < 0 ? at : [...at, index], message };
  });
}

/** `mail.send` is the action `send` of `mail`; a dotted glob may be. */
function isDotted(text: string, name: string): boolean {
  const first = text.slice(0, text.indexOf('.'));
  return text.startsWith(`${name}.`) || matchesText(first, name);
}

/** The tools that the scope of the rule lets in. */
function metBy({ rule }: LintedRule, tools: KnownTools): readonly ToolDefinition[] {
  return [...tools].flatMap(([name, definitions]) =>
    definitions.filter((tool) => {
      const isNamed =
        matchTool(rule.tools, name, tool.action ?? 'run').truth !== false ||
        [...(rule.tools?.exact ?? [])].some((text) => text.startsWith(`${name}.`));
      return isNamed && rule.manifestScope(tool) !== false;
    }),
  );
}

/** Only where every tool has an action of its own that is written down. */
function findUnknownActions(rule: LintedRule, met: readonly ToolDefinition[]): readonly LintNote[] {
  const actions = met.map(({ action }) => action);
  const scope = rule.rule.source.condition.action;
  if (scope === undefined || actions.includes(undefined)) return [];
  const texts = [...(rule.rule.actions?.exact ?? [])];
  return texts
    .filter((text) => !actions.some((action) => action !== undefined && matchesText(text, action)))
    .map((text) => {
      const message = `no tool that the rule speaks of has the action ${quote(text)}`;
      return { code: 'unknown-action', rule, at: ['condition', 'action'], message };
    });
}

function findUnknownArguments(
  rule: LintedRule,
  met: readonly ToolDefinition[],
): readonly LintNote[] {
  const isUnknown = (path: readonly string[] | undefined) =>
    path !== undefined &&
    path.length > 0 &&
    met.every((tool) => knowledgeOf(tool, path) === 'impossible');
  const note = (what: string, at: LintNote['at']): LintNote => ({
    code: 'unknown-argument',
    rule,
    at,
    message: `no tool that the rule speaks of has the argument ${quote(what)}`,
  });
  const { args = {}, when, limits = [] } = rule.rule.source.condition;
  const asked = Object.entries(args)
    .filter(([path, { exists }]) => exists !== false && isUnknown(parseArgPath(path)))
    .map(([path]) => note(path, ['condition', 'args', path]));
  const read = [...new Set(when === undefined ? [] : variablesOf(when))]
    .filter((name) => isUnknown(parseLimitPath(name)))
    .map((name) => note(name, ['condition', 'when']));
  const counted = limits.flatMap(({ sum, by = [] }, index) =>
    [...(sum === undefined ? [] : [sum]), ...(typeof by === 'string' ? [by] : by)]
      .filter((path) => isUnknown(parseLimitPath(path)))
      .map((path) => note(path, ['condition', 'limits', index])),
  );
  return [...asked, ...read, ...counted];
}

const iterators = new Set(['all', 'some', 'none', 'filter', 'map', 'reduce']);

/** The paths that a `when` reads of the call; inside an iterator, `var` reads the element. */
function variablesOf(logic: Json): readonly string[] {
  if (isJsonArray(logic)) return logic.flatMap(variablesOf);
  if (!isJsonObject(logic)) return [];
  return Object.entries(logic).flatMap(([operator, operands]) => {
    if (operator === 'var') {
      const path = isJsonArray(operands) ? operands[0] : operands;
      return typeof path === 'string' ? [path] : [];
    }
    const isScoped = iterators.has(operator) && isJsonArray(operands);
    return variablesOf(isScoped ? (operands[0] ?? null) : operands);
  });
}

function findUnguarded(rule: LintedRule, met: readonly ToolDefinition[]): readonly LintNote[] {
  const { condition } = rule.rule.source;
  if (!isFree(rule.rule)) return [];
  // a rule that speaks of what can be undone and stays inside has said what it allows
  if (condition.undo === 'full' && condition.external === false) return [];
  const writing = met.find(
    (tool) => tool.manifest?.effect !== 'read' && !asksOfCall(condition, tool),
  );
  if (writing === undefined) return [];
  const message = `the rule allows ${quote(writing.name)}, which changes something, with any arguments`;
  return [{ code: 'unguarded-allow', rule, at: ['condition'], message }];
}

const maxNamed = 3;

/** A destination that nobody declared is none, so a predicate of it never holds: a rule that protects says nothing of the call. */
function findBlind(
  { rule, path }: LintedRule,
  met: readonly ToolDefinition[],
): readonly LintNote[] {
  const { destinations } = rule.source.condition;
  if (destinations === undefined || destinations.exists === false) return [];
  const blind = rule.verdict === 'allow' ? toNeverAllowed(met) : met.filter(isUnsaid);
  const names = [...new Set(blind.map(({ name }) => quote(name)))];
  if (names.length === 0) return [];
  const more = names.length > maxNamed ? ` and ${names.length - maxNamed} more` : '';
  const named = `${names.slice(0, maxNamed).join(', ')}${more}`;
  const message =
    rule.verdict === 'allow'
      ? `no tool that the rule speaks of declares destinations, so it allows no call: ${named}`
      : `external tools declare no destinations, so the rule speaks of no call of theirs: ${named}`;
  return [
    {
      code: 'blind-destinations',
      rule: { rule, path },
      at: ['condition', 'destinations'],
      message,
    },
  ];
}

/** Sends outside, and does not even say that no argument tells where. */
function isUnsaid({ manifest }: ToolDefinition): boolean {
  return manifest?.external === true && manifest.destinations === undefined;
}

/** Tools of which none has what a rule that allows asks for. */
function toNeverAllowed(met: readonly ToolDefinition[]): readonly ToolDefinition[] {
  const isWithout = ({ manifest }: ToolDefinition) => (manifest?.destinations ?? []).length === 0;
  return met.every(isWithout) ? met : [];
}
