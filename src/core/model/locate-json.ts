import { toPointer } from './json-pointer.ts';
import type { Position } from './parse-json.ts';
import { scanJson } from './scan-json.ts';

/** Where the values at these pointers begin, in one pass over valid JSON. */
export function locateAll(
  text: string,
  pointers: ReadonlySet<string>,
): ReadonlyMap<string, Position> {
  const offsets = new Map<string, number>();
  scanJson(text, {
    maxDepth: 256,
    onPlace: (path, valueAt) => {
      const pointer = toPointer(path);
      if (pointers.has(pointer)) offsets.set(pointer, valueAt);
    },
  });
  const lines = lineStarts(text);
  return new Map([...offsets].map(([pointer, offset]) => [pointer, toPosition(offset, lines)]));
}

function lineStarts(text: string): readonly number[] {
  return [
    0,
    ...Array.from(text.matchAll(/\r\n|\n|\r/g), ({ index, 0: end }) => index + end.length),
  ];
}

function toPosition(offset: number, starts: readonly number[]): Position {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return { offset, line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}
