import { z } from 'zod';
import type { DataFolder } from './data-folder.ts';
import type { CliIo } from './io.ts';
import { ask } from './owner.ts';

const answerSchema = z.object({ path: z.string() });

/** Where the rules are: as the configuration says, else as the hypervisor that runs has them; throws where neither is. */
export async function findRules(folder: DataFolder, io: CliIo): Promise<string> {
  if (folder.rules !== undefined) return folder.rules;
  return answerSchema.parse(await ask(folder, { verb: 'rules.folder' }, io)).path;
}
