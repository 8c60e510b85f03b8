/** How a path lies to the protected folders: in one (or one itself), above one, or neither. */
export type Relation = 'inside' | 'above' | undefined;

/** The protected folders and files, for comparing spellings with. Touches no disk. */
export interface Zone {
  /** Of an absolute, normalised path; `*`, `?`, `[…]` and `{…}` in it match what a shell could match. */
  relate(path: string): Relation;
  /** The names in a folder that are protected or lead to what is, folded. */
  namesIn(folder: string): ReadonlyMap<string, Relation>;
}

const globCharacters = /[*?[{]/;

/** From absolute, normalised paths. */
export function createZone(folders: readonly string[]): Zone {
  const folded = [...new Set(folders.map(fold))];
  const names = folded.map((folder) => folder.split('/'));
  return {
    relate(path) {
      const spelled = fold(path);
      const relation = strictest(folded.map((folder) => relateLiteral(spelled, folder)));
      if (relation === 'inside' || !globCharacters.test(spelled)) return relation;
      const pattern = spelled.split('/');
      return strictest([relation, ...names.map((folder) => relatePattern(pattern, folder))]);
    },
    namesIn(folder) {
      const start = withSlash(fold(folder));
      const below = folded.filter((path) => path.startsWith(start) && path !== start);
      const found = new Map<string, Relation>();
      for (const path of below) {
        const [name = '', ...rest] = path.slice(start.length).split('/');
        found.set(name, rest.length === 0 ? 'inside' : (found.get(name) ?? 'above'));
      }
      return found;
    },
  };
}

function strictest(relations: readonly Relation[]): Relation {
  if (relations.includes('inside')) return 'inside';
  return relations.includes('above') ? 'above' : undefined;
}

function relateLiteral(path: string, folder: string): Relation {
  if (path === folder || path.startsWith(withSlash(folder))) return 'inside';
  return folder.startsWith(withSlash(path)) ? 'above' : undefined;
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

/** Name by name; `**` may stand for any number of names, so what follows it is taken to match. */
function relatePattern(pattern: readonly string[], folder: readonly string[]): Relation {
  for (const [index, name] of folder.entries()) {
    const part = pattern[index];
    if (part === undefined) return 'above';
    if (part === '**') return 'inside';
    if (!canMatch(part, name)) return undefined;
  }
  return 'inside';
}

/** Whether a shell pattern could match the name. Braces, classes and extended globs are taken to match anything. */
export function canMatch(pattern: string, name: string): boolean {
  if (/[{[(\\]/.test(pattern)) return true;
  let at = 0;
  let star = -1;
  let retry = 0;
  for (let index = 0; index < name.length;) {
    if (pattern[at] === '*') {
      star = at;
      at += 1;
      retry = index;
    } else if (pattern[at] === '?' || pattern[at] === name[index]) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      retry += 1;
      index = retry;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

const ascii = /^[\x20-\x7e]*$/;

/**
 * One spelling for all that some file system takes for the same name: case, Unicode composition, and characters
 * that HFS+ ignores. On a file system that tells them apart, a lookalike of a protected folder is refused too.
 */
export function fold(path: string): string {
  if (ascii.test(path)) return path.toLowerCase();
  const visible = path.replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  return visible.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

/** Where paths are read: the operating system's way of writing them, the home and the working folder. */
export interface Place {
  readonly windows: boolean;
  readonly home: string;
  /** Undefined when it is gone. */
  readonly cwd: string | undefined;
}

export function isAbsolutePath(path: string, { windows }: Place): boolean {
  return path.startsWith('/') || (windows && /^(?:\\|[A-Za-z]:[\\/])/.test(path));
}

/** Absolute, with `/` between names and `.`, `..` and doubled slashes folded as text; undefined without a base. */
export function normalizePath(
  path: string,
  place: Place,
  base: string | undefined = place.cwd,
): string | undefined {
  const joined = joinPath(path, place, base);
  if (joined === undefined) return undefined;
  const { root, rest } = splitRoot(joined, place);
  const names: string[] = [];
  for (const name of rest.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(place.windows ? plainWindowsName(name) : name);
  }
  return `${root}/${names.join('/')}`.replace(/(?<=.)\/$/, '');
}

/** Absolute and otherwise as written, so that links before a `..` can be followed on disk. */
export function joinPath(
  path: string,
  place: Place,
  base: string | undefined = place.cwd,
): string | undefined {
  if (isAbsolutePath(path, place)) return path;
  return base === undefined ? undefined : `${base}/${path}`;
}

function splitRoot(path: string, place: Place): { readonly root: string; readonly rest: string } {
  if (!place.windows) return { root: '', rest: path };
  const slashed = path.replaceAll('\\', '/').replace(/^\/\/[?.]\//, '');
  const drive = /^[A-Za-z]:/.exec(slashed)?.[0];
  if (drive !== undefined) return { root: drive, rest: slashed.slice(2) };
  return { root: /^[A-Za-z]:/.exec(place.cwd ?? '')?.[0] ?? '', rest: slashed };
}

/** Windows drops trailing dots and blanks, and takes `name:stream` for a part of the file `name`. */
function plainWindowsName(name: string): string {
  return name.replace(/:.*$/, '').replace(/[. ]+$/, '');
}
