import { loadModule, parseSync } from 'libpg-query';
import { readingFunctions } from './sql-functions.ts';
import { findUnclear } from './sql-spelling.ts';

export interface SqlRules {
  /** Refuses what databases read differently, since another than PostgreSQL may run it. */
  readonly dialect: 'any' | 'postgresql';
  /** In lower case; beside the known ones. */
  readonly functions: ReadonlySet<string>;
}

// the parser keeps its tree on the stack, and once that has run over it never parses again
const maxChars = 8192;
const maxOpen = 500;

/** Why the text is not one statement that only reads, in words for the agent; undefined if it is. */
export async function findEffect(sql: string, rules: SqlRules): Promise<string | undefined> {
  if (sql.length > maxChars) return `it is longer than ${maxChars} characters`;
  if ((sql.match(/[([]/g) ?? []).length > maxOpen) return 'it has too many brackets';
  // the parser is written in C: for it the text ends at a NUL
  if (/[^\P{Cc}\t\n\r]/u.test(sql) || !sql.isWellFormed()) {
    return 'it holds control characters';
  }
  const unclear = rules.dialect === 'any' ? findUnclear(sql) : undefined;
  if (unclear !== undefined) return unclear;
  await loadModule();
  const statements = parse(sql);
  if (statements === undefined) return 'it cannot be parsed';
  if (statements.length !== 1) return 'it is not exactly one statement';
  return findEffectIn(statements, rules);
}

function parse(sql: string): readonly unknown[] | undefined {
  try {
    return parseSync(sql).stmts ?? [];
  } catch {
    return undefined;
  }
}

/** Parts of a statement that read, by their names in the parser; of everything else nobody here knows what it does. */
const readingParts: ReadonlySet<string> = new Set(
  `A_ArrayExpr A_Const A_Expr A_Indices A_Indirection A_Star BitString BoolExpr Boolean BooleanTest CaseExpr CaseWhen
  CoalesceExpr CollateClause ColumnRef CommonTableExpr Float FuncCall GroupingFunc GroupingSet Integer JoinExpr
  JsonArrayAgg JsonArrayConstructor JsonFuncExpr JsonIsPredicate JsonKeyValue JsonObjectAgg JsonObjectConstructor
  JsonTable JsonTableColumn JsonValueExpr List MinMaxExpr NamedArgExpr NullTest ParamRef RangeFunction RangeSubselect
  RangeVar ResTarget RowExpr SQLValueFunction SelectStmt SetToDefault SortBy String SubLink TypeCast TypeName WindowDef`
    .trim()
    .split(/\s+/),
);

/** Walks the whole tree without recursion: a sum of a thousand terms is a thousand levels deep. */
function findEffectIn(statements: readonly unknown[], { functions }: SqlRules): string | undefined {
  const left: unknown[] = [...statements];
  while (left.length > 0) {
    const node = left.pop();
    if (typeof node !== 'object' || node === null) continue;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'intoClause') return 'it writes into a table';
      if (/^[A-Z]/.test(key) && !readingParts.has(key)) return 'it does more than read';
      if (key === 'FuncCall' && !isReading(value, functions)) {
        return 'it calls a function that is not known to be free of effects';
      }
      // an operator with a schema is a function that somebody wrote
      if (key === 'A_Expr' && namesOf(value, 'name').length > 1)
        return 'it uses an operator by its schema';
      left.push(value);
    }
  }
  return undefined;
}

function isReading(call: unknown, more: ReadonlySet<string>): boolean {
  const parts = namesOf(call, 'funcname');
  const full = parts.join('.').toLowerCase();
  if (more.has(full)) return true;
  const [name = '', ...others] = parts.toReversed();
  const isBuiltIn = others.length === 0 || (others.length === 1 && others[0] === 'pg_catalog');
  return isBuiltIn && readingFunctions.has(name.toLowerCase());
}

/** The texts of a list of names; a part that is none counts as the empty name. */
function namesOf(node: unknown, key: string): readonly string[] {
  const list = member(node, key);
  if (!Array.isArray(list)) return [];
  return list.map((part) => {
    const text = member(member(part, 'String'), 'sval');
    return typeof text === 'string' ? text : '';
  });
}

function member(node: unknown, key: string): unknown {
  if (typeof node !== 'object' || node === null) return undefined;
  return Object.entries(node).find(([name]) => name === key)?.[1];
}
