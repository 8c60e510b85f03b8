/** One step down into JSON: a key of an object or an index of an array. */
export type Step = string | number;

/** RFC 6901; the empty text is the whole document. */
export function toPointer(path: readonly Step[]): string {
  return path.map((step) => `/${escapeStep(String(step))}`).join('');
}

/** The steps of an RFC 6901 pointer, all as text; undefined if it is not one. */
export function fromPointer(pointer: string): readonly string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function escapeStep(step: string): string {
  // nearly all keys have neither, and are spared the copies
  if (!step.includes('~') && !step.includes('/')) return step;
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}
