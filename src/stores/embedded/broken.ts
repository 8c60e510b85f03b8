import { SupervisionError } from '../../core/model/errors.ts';

/** The error for a log that is not what was written: where, and what can be done. */
export function brokenAt(path: string, offset: number, what: string): SupervisionError {
  const remedy =
    'run `ringfence audit verify`, keep the folder as evidence and restore a good copy';
  return new SupervisionError('AUDIT_BROKEN', `\`${path}\`, byte ${offset}: ${what}; ${remedy}`);
}
