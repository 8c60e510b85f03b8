import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';

/** One line of a text file: its number from 1, and its text or what is wrong with it. */
export type Line =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly problem: string };

export interface LinesRead {
  readonly lines: readonly Line[];
  /** Read of the file so far. */
  readonly bytes: number;
}

/** A longer line is passed over and reported: 16 MiB. */
export const maxLineBytes = 16 * 1_048_576;

const newline = 0x0a;

/**
 * Streams the lines of a file, a chunk's worth at a time, so that a file of any size needs a chunk and a line of
 * memory, up to `endBytes` (1 or more). Blank lines are left out; they count in the numbers. Throws what the file
 * system throws.
 */
export async function* readLines(
  path: string,
  maxBytes: number = maxLineBytes,
  endBytes: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<LinesRead> {
  const splitter = createSplitter(maxBytes);
  let bytes = 0;
  const stream: AsyncIterable<Buffer> = createReadStream(path, {
    highWaterMark: 1_048_576,
    end: endBytes - 1,
  });
  for await (const chunk of stream) {
    bytes += chunk.length;
    yield { lines: splitter.push(chunk), bytes };
  }
  yield { lines: splitter.end(), bytes };
}

function createSplitter(maxBytes: number) {
  /** The line that the last chunk began: its pieces, none once it is too long, and how long it is. */
  let pieces: Buffer[] = [];
  let length = 0;
  let number = 0;

  const grow = (piece: Buffer): void => {
    length += piece.length;
    if (length > maxBytes) pieces = [];
    else if (piece.length > 0) pieces.push(piece);
  };
  const finish = (): Line | undefined => {
    number += 1;
    const line = toLine(number, length > maxBytes ? undefined : join(pieces));
    pieces = [];
    length = 0;
    return line;
  };

  return {
    push(chunk: Buffer): readonly Line[] {
      const lines: Line[] = [];
      let from = 0;
      for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
        grow(chunk.subarray(from, end));
        const line = finish();
        if (line !== undefined) lines.push(line);
        from = end + 1;
      }
      grow(chunk.subarray(from));
      return lines;
    },
    end(): readonly Line[] {
      const line = length === 0 ? undefined : finish();
      return line === undefined ? [] : [line];
    },
  };

  function toLine(at: number, bytes: Buffer | undefined): Line | undefined {
    if (bytes === undefined) {
      return { number: at, problem: `longer than ${maxBytes} bytes; shorten its \`result\`` };
    }
    if (!isUtf8(bytes)) return { number: at, problem: 'not UTF-8; write the file in UTF-8' };
    const text = bytes.toString('utf8');
    return text.trim() === '' ? undefined : { number: at, text };
  }
}

function join(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces);
}
