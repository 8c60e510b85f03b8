import { corePackages, doors, isAdapter, unitOf, worldly, type Unit } from './layers.ts';
import {
  hasDefaultExport,
  hasStarExport,
  packageOf,
  readImports,
  resolveImport,
  type Import,
} from './read-imports.ts';

/** Path from the root of the repository -> source text. */
export type Sources = ReadonlyMap<string, string>;

/** Everything in the sources that crosses a boundary, a line each. `declared`: the packages of package.json. */
export function findViolations(sources: Sources, declared: ReadonlySet<string>): readonly string[] {
  return [
    ...[...sources].flatMap(([file, source]) => checkFile(file, source, declared)),
    ...checkSingleImporters(sources),
    ...findCycles(sources),
  ];
}

function checkFile(file: string, source: string, declared: ReadonlySet<string>): readonly string[] {
  const unit = unitOf(file);
  if (unit === undefined) return [`${file}: no layer has a place for it`];
  const found: string[] = [];
  if (hasStarExport(source)) found.push(`${file}: exports \`*\`; name each export`);
  if (hasDefaultExport(source)) found.push(`${file}: has a default export; name it`);
  for (const each of readImports(source)) {
    const problem = checkImport(file, unit, each) ?? checkDeclared(each, declared);
    if (problem !== undefined) found.push(`${file}: imports \`${each.specifier}\`, ${problem}`);
  }
  return isCore(file) ? [...found, ...checkWorldly(file, source)] : found;
}

function checkImport(file: string, unit: Unit, { specifier }: Import): string | undefined {
  if (specifier === '(computed)') {
    return unit.layer < 4 ? 'a computed name, which nobody can check' : undefined;
  }
  const target = resolveImport(file, specifier);
  if (target === undefined) return checkPackage(file, unit, specifier);
  const other = unitOf(target);
  if (other === undefined) return 'which has no place in any layer';
  if (other.name === unit.name) return undefined;
  if (isAdapter(unit)) return 'but adapters see only the doors `ringfence` and `ringfence/spi`';
  if (other.layer === unit.layer) return 'a sibling of the same layer';
  return other.layer > unit.layer ? 'which lies further out' : undefined;
}

function checkPackage(file: string, unit: Unit, specifier: string): string | undefined {
  const isOurs = packageOf(specifier) === 'ringfence';
  if (isAdapter(unit)) {
    return isOurs && !doors.has(specifier) ? 'which is none of the two doors' : undefined;
  }
  if (isOurs) return 'our own package by its name; import the file';
  if (!isCore(file) || corePackages.has(packageOf(specifier))) return undefined;
  return 'which core may not know; declare a port';
}

function checkDeclared({ specifier }: Import, declared: ReadonlySet<string>): string | undefined {
  const name = packageOf(specifier);
  const isKnown = /^[.(]|^node:|^ringfence$/.test(name) || declared.has(name);
  return isKnown
    ? undefined
    : 'which package.json does not declare (built-in ones begin with `node:`)';
}

function checkWorldly(file: string, source: string): readonly string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  return [...worldly]
    .filter(([, pattern]) => pattern.test(code))
    .map(([what]) => `${file}: reaches for ${what}, which core gets through a port`);
}

function isCore(file: string): boolean {
  return file.startsWith('src/core/');
}

function checkSingleImporters(sources: Sources): readonly string[] {
  const importers = new Map<string, Set<string>>();
  for (const [file, source] of sources) {
    if (!isCore(file)) continue;
    for (const { specifier, isType } of readImports(source)) {
      const name = packageOf(specifier);
      if (isType || corePackages.get(name) !== 'one') continue;
      importers.set(name, (importers.get(name) ?? new Set()).add(file));
    }
  }
  return [...importers]
    .filter(([, files]) => files.size > 1)
    .map(
      ([name, files]) => `\`${name}\` is imported by ${[...files].join(' and ')}; keep it to one`,
    );
}

/** Types included: a circle of types is a circle for the reader. */
function findCycles(sources: Sources): readonly string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start !== -1) found.push(`cycle: ${[...trail.slice(start), file].join(' -> ')}`);
    if (start !== -1 || done.has(file)) return;
    for (const { specifier } of readImports(sources.get(file) ?? '')) {
      const target = resolveImport(file, specifier);
      if (target !== undefined) visit(target, [...trail, file]);
    }
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return found;
}
