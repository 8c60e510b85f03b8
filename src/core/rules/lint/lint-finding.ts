import type { Position } from '../../model/parse-json.ts';
import type { Step } from '../../model/json-pointer.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import type { ListItem, Lists } from '../source.ts';
import type { LintCode, LintSeverity } from './codes.ts';

/** A rule that loads, and where it stands. */
export interface LintedRule {
  readonly rule: CompiledRule;
  /** From the top of its file. */
  readonly path: readonly Step[];
}

/** The set around a rule. */
export interface LintAround {
  readonly lists: Lists;
  /** An allow rule that cannot be evaluated changes what happens where nothing matches. */
  readonly errorsMatter: boolean;
}

/** What one check says of a rule; severity and remedy follow from the code. */
export interface LintNote {
  readonly code: LintCode;
  readonly rule: LintedRule;
  /** From the rule. */
  readonly at: readonly Step[];
  readonly message: string;
}

/** The same of a file, beside its rules. */
export interface FileNote {
  readonly code: LintCode;
  readonly file: string;
  /** From the top of the file. */
  readonly at: readonly Step[];
  readonly message: string;
}

/** A finding with its place; messages name rules, keys and paths, never values. */
export interface LintFinding {
  readonly code: LintCode;
  readonly severity: LintSeverity;
  readonly file: string;
  /** RFC 6901, of the place in the file. */
  readonly pointer: string;
  readonly position?: Position;
  /** Undefined where it is of the file. */
  readonly rule?: string;
  readonly message: string;
  readonly remedy: string;
}

/** Lists by name, as hosts hand them over. */
export type GivenLists = Readonly<Record<string, readonly ListItem[]>>;
