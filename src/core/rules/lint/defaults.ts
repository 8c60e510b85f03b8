import { joinDefaults } from '../join-defaults.ts';
import type { ReadFile } from '../read-file.ts';
import type { FileNote } from './lint-finding.ts';

/** An error is sent to a person only where what matches nothing is: otherwise the stricter default denies it. */
export function findIdleDefaults(files: readonly ReadFile[]): readonly FileNote[] {
  if (joinDefaults(files).approval === 'review') return [];
  return files.flatMap(({ file, source }) => {
    if (source?.defaults?.on_error !== 'require_review') return [];
    const message = 'calls that match no rule are denied, so `on_error` sends none to a person';
    return [{ code: 'idle-on-error', file: file.name, at: ['defaults', 'on_error'], message }];
  });
}
