import type { OpenFile } from './file-system.ts';

/** A line of a file without its line feed. */
export interface FileLine {
  readonly offset: number;
  readonly bytes: Buffer;
  /** False for a last line that has no line feed. */
  readonly isWhole: boolean;
}

const chunkBytes = 256 * 1024;

/** Reads the lines from `start` to `end` (bytes; default the size of the file) without loading the file. */
export async function* readLines(
  file: OpenFile,
  start: number,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<FileLine> {
  const stop = Math.min(end, await file.size());
  let carried: Buffer = Buffer.alloc(0); // the beginning of a line whose end is not read yet
  let position = start;
  while (position < stop) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, stop - position));
    const read = await file.read(chunk, position);
    if (read === 0) break;
    const known =
      carried.length === 0
        ? chunk.subarray(0, read)
        : Buffer.concat([carried, chunk.subarray(0, read)]);
    let offset = position - carried.length;
    let from = 0;
    for (let at = known.indexOf(0x0a); at !== -1; at = known.indexOf(0x0a, from)) {
      yield { offset, bytes: known.subarray(from, at), isWhole: true };
      offset += at + 1 - from;
      from = at + 1;
    }
    carried = known.subarray(from);
    position += read;
  }
  if (carried.length > 0)
    yield { offset: position - carried.length, bytes: carried, isWhole: false };
}
