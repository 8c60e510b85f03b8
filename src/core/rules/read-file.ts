import { type Json, type JsonObject, isJsonArray, isJsonObject } from '../model/json.ts';
import { parseJson } from '../model/parse-json.ts';
import { type Finding, type RuleFile, type RuleProblem, ofRule } from './problem.ts';
import { type RuleFileSource, type RuleSource, ruleFileSchema, ruleSchema } from './source.ts';
import { toldOfJson } from './remedy.ts';
import { toFindings } from './zod-findings.ts';

/** A rule of the right form, and where it stands. */
export interface ReadRule {
  readonly source: RuleSource;
  readonly raw: JsonObject;
  readonly path: Finding['path'];
}

/** One file as far as it could be understood. */
export interface ReadFile {
  readonly file: RuleFile;
  /** Undefined where the text is not JSON. */
  readonly content: Json | undefined;
  /** Undefined where the file as a whole has not the right form. */
  readonly source: RuleFileSource | undefined;
  readonly rules: readonly ReadRule[];
  readonly findings: readonly Finding[];
  /** Of the text itself. */
  readonly problem: RuleProblem | undefined;
}

// tens of thousands of rules in one file
const limits = { maxBytes: 32 * 1_048_576, maxDepth: 64 };

/** Parses and validates one file; never throws for what is in it. */
export function readRuleFile(file: RuleFile): ReadFile {
  const parsed = parseJson(file.text, limits);
  if (!parsed.ok) {
    const { message, ...place } = parsed.problem;
    const told = toldOfJson(message);
    const problem: RuleProblem = { severity: 'error', file: file.name, ...told, ...place };
    return { file, content: undefined, source: undefined, rules: [], findings: [], problem };
  }
  const whole = ruleFileSchema.safeParse(parsed.value, { reportInput: true });
  const top = whole.success ? [] : toFindings(ruleFileSchema, whole.error.issues, []);
  const { rules, findings } = readRules(parsed.value);
  return {
    file,
    content: parsed.value,
    source: whole.data,
    rules,
    findings: [...top, ...findings],
    problem: undefined,
  };
}

function readRules(content: Json): { rules: readonly ReadRule[]; findings: readonly Finding[] } {
  const rules: ReadRule[] = [];
  const findings: Finding[] = [];
  const listed = isJsonObject(content) ? content['rules'] : undefined;
  for (const [index, raw] of (isJsonArray(listed) ? listed : []).entries()) {
    const path = ['rules', index];
    const parsed = ruleSchema.safeParse(raw, { reportInput: true });
    if (parsed.success && isJsonObject(raw)) rules.push({ source: parsed.data, raw, path });
    else findings.push(...faultsOf(raw, parsed.error?.issues ?? [], path));
  }
  return { rules, findings };
}

type Issues = Parameters<typeof toFindings>[1];

function faultsOf(raw: Json, issues: Issues, path: Finding['path']): readonly Finding[] {
  const name = isJsonObject(raw) ? raw['name'] : undefined;
  const rule = typeof name === 'string' ? name : undefined;
  return ofRule(rule, toFindings(ruleSchema, issues, path));
}
