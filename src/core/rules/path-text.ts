const scheme = /^[a-z][a-z\d+.-]+:[\\/]/i;

/** Whether a text can be looked up as a path: not empty, no URL, no other user's home, no character that ends a path early. */
export function isPathText(text: string): boolean {
  if (text === '' || text.includes('\0') || scheme.test(text)) return false;
  return !text.startsWith('~') || isHome(text);
}

/** Whether a path begins at the home of this process. */
export function isHome(text: string): boolean {
  return text === '~' || text.startsWith('~/');
}

/** Why a text is no folder that a rule can name, with what to write after `; `; undefined if it is one. */
export function findFolderFault(text: string): string | undefined {
  const isAbsolute = text.startsWith('/') || /^(?:[a-z]:)?[\\/]/i.test(text) || isHome(text);
  if (isAbsolute && isPathText(text)) return undefined;
  if (!isPathText(text)) return 'this is not the path of a folder; write it from `/` or `~/`';
  return 'the path of a folder is relative, and nobody knows to what; write it from `/` or `~/`';
}

/** Whether a real path is the folder or in it, by whole names; paths of Windows whatever their case. */
export function isInside(path: string, folder: string): boolean {
  const windows = /^(?:[a-z]:|\\\\)/i.test(folder);
  const separator = windows ? '\\' : '/';
  const [one, other] = windows ? [path.toLowerCase(), folder.toLowerCase()] : [path, folder];
  return one === other || one.startsWith(other.endsWith(separator) ? other : other + separator);
}

/**
 * An absolute path by its text alone, as if there were no links: for tests in rules and for recorded calls, which
 * have no file system. Undefined for relative ones and for `~`, since there is no working folder and no home.
 */
export function lexicalPath(text: string): string | undefined {
  if (!text.startsWith('/') || !isPathText(text)) return undefined;
  const names: string[] = [];
  for (const name of text.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}
