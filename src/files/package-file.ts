import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The path of a file or folder that ships with the package, run from sources or from `dist`. */
export function findPackageFile(path: string): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, path);
  }
  return join(import.meta.dirname, path);
}
