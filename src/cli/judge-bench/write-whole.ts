import { constants } from 'node:fs';
import { access, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SupervisionError } from '../../core/model/errors.ts';
import { quote } from '../../core/model/quote.ts';
import { notThere } from '../exit-code.ts';

/** Writes a file beside and renames it: whoever looks sees the old one or the new one, never a half. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const fresh = `${path}.${process.pid}.new`;
  try {
    await writeFile(fresh, text, { mode: 0o600, flag: 'wx' });
    await rename(fresh, path);
  } catch (cause) {
    await rm(fresh, { force: true });
    const message = `cannot write ${quote(path, 200)}; check the path and its permissions`;
    throw new SupervisionError('CONFIG_INVALID', message, { cause });
  }
}

/** Before anything is asked that costs: throws where a file could not be written at the end. */
export async function checkFolderOf(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK);
  } catch {
    throw notThere(`there is no folder for ${quote(path, 200)} that can be written`);
  }
}
