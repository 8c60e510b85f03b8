import { posix } from 'node:path';

/** One place where a file names another module: import, re-export, dynamic import or type query. */
export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Gone at run time. */
  readonly isType: boolean;
}

const statement =
  /(?:^|;)[ \t]*(?:(?:import|export)\b(?<clause>[^;'"`=()]*?)\bfrom|import)\s*['"](?<specifier>[^'"\n]+)['"]/gm;
const call =
  /\b(?:import|require(?:\.resolve)?)\s*\(\s*(?:['"`](?<specifier>[^'"`\n]+)['"`]|(?<computed>[^)\s]))/g;

/** Every module a TypeScript source names; a computed name reads as the specifier `(computed)`. */
export function readImports(source: string): readonly Import[] {
  const code = withoutComments(source);
  const found: Import[] = [];
  for (const { groups } of code.matchAll(statement)) {
    const clause = groups?.['clause'] ?? '';
    found.push({ specifier: groups?.['specifier'] ?? '', isType: isTypeClause(clause) });
  }
  for (const { groups } of code.matchAll(call)) {
    found.push({ specifier: groups?.['specifier'] ?? '(computed)', isType: false });
  }
  return found;
}

/** `type { A }`, or braces in which every name is a type. */
function isTypeClause(clause: string): boolean {
  const text = clause.trim();
  if (text.startsWith('type ') || text.startsWith('type{')) return true;
  const names = /^\{(?<names>[^}]*)\}$/.exec(text)?.groups?.['names'];
  const list = names?.split(',').filter((name) => name.trim() !== '') ?? [];
  return list.length > 0 && list.every((name) => name.trim().startsWith('type '));
}

/** Only comments that begin a line, so that `//` in a text stays; the formatter puts the others behind code. */
function withoutComments(source: string): string {
  return source.replaceAll(/^[ \t]*\/\*[\s\S]*?\*\//gm, '').replaceAll(/^[ \t]*\/\/.*$/gm, '');
}

export function hasStarExport(source: string): boolean {
  return /(?:^|;)[ \t]*export\s+(?:type\s+)?\*/m.test(withoutComments(source));
}

export function hasDefaultExport(source: string): boolean {
  const code = withoutComments(source);
  return /(?:^|;)[ \t]*export\s+default\b/m.test(code) || /\bas\s+default\b/.test(code);
}

/** The file a relative import means, from the root of the repository; undefined for packages. */
export function resolveImport(importer: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(importer), specifier);
}

/** `@scope/name/sub` -> `@scope/name`; `node:` names stay whole. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
