import { join } from 'node:path';
import type { ControlRequest } from '../files/control-protocol.ts';
import { historyEntrySchema, readKept, type HistoryEntry } from '../files/rule-history.ts';
import type { RuleFile } from '../core/rules/problem.ts';
import { textsFolder } from '../stores/embedded/folder.ts';
import { readText } from '../stores/embedded/texts.ts';
import type { DataFolder } from './data-folder.ts';
import type { CliIo } from './io.ts';
import { ask } from './owner.ts';

/** A version as it was in force, checked: its entry by the action log, its files by their hashes. */
export interface KeptVersion {
  readonly entry: HistoryEntry;
  readonly files: readonly RuleFile[];
}

/** The owner of the folder vouches for the entry; the files are read and checked here, and cost it nothing. */
export async function readVersion(
  folder: DataFolder,
  which: { readonly version: string } | { readonly timeMs: number },
  io: CliIo,
): Promise<KeptVersion> {
  const request: ControlRequest =
    'version' in which
      ? { verb: 'rules.entry', version: which.version }
      : { verb: 'rules.entry-at', timeMs: which.timeMs };
  const entry = historyEntrySchema.parse(await ask(folder, request, io));
  const dir = join(folder.dir, textsFolder);
  return { entry, files: await readKept(entry, (sha256) => readText(dir, sha256)) };
}
