import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openFrame } from '../core/audit/segment-format.ts';
import type { Sealed } from '../core/model/ports.ts';
import { parseSealed } from '../stores/embedded/sealed-record.ts';
import { readLines, type Line } from './trace-lines.ts';

/** Gives what log entries commit to, as long as they are asked for in about the order of the log. */
export interface VaultScan {
  /** Undefined for what was erased, never came to the disk, or stands further away than is looked. */
  take(id: string): Promise<Sealed['values'] | undefined>;
}

/** Records are written in the order of the log: so far ahead of the last one found is looked for the next. */
const maxAhead = 20_000;
/** UTF-16 units of values that are kept until they are asked for: 64 Mi. */
const maxKeptChars = 64 * 1_048_576;
const maxLineBytes = 64 * 1_048_576;

/** `callsOnly`: results, and what the user said, are passed over. Reads the vault of a data folder once from its beginning, beside its owner, in bounded memory. */
export function openVaultScan(dir: string, options: { readonly callsOnly: boolean }): VaultScan {
  const records = readRecords(dir, options.callsOnly);
  const kept = new Map<string, { readonly values: Sealed['values']; readonly place: number }>();
  let keptChars = 0;
  let place = 0;
  let found = 0;
  let isOver = false;

  const drop = (id: string, values: Sealed['values']): void => {
    kept.delete(id);
    keptChars -= sizeOf(values);
  };
  const takeKept = (id: string): Sealed['values'] | undefined => {
    const record = kept.get(id);
    if (record === undefined) return undefined;
    found = Math.max(found, record.place);
    drop(id, record.values);
    return record.values;
  };
  const keep = ({ id, values }: Sealed): void => {
    kept.set(id, { values, place });
    keptChars += sizeOf(values);
    if (kept.size <= 2 * maxAhead && keptChars <= maxKeptChars) return;
    // what nobody asked for so long ago belongs to a line that was never written
    for (const [oldest, record] of kept) {
      if (kept.size <= 2 * maxAhead && keptChars <= maxKeptChars) break;
      drop(oldest, record.values);
    }
  };

  return {
    async take(id) {
      const known = takeKept(id);
      if (known !== undefined) return known;
      while (!isOver && place - found < maxAhead) {
        const next = await records.next();
        if (next.done === true) isOver = true;
        else {
          place += next.value.length;
          for (const sealed of next.value) keep(sealed);
          const values = takeKept(id);
          if (values !== undefined) return values;
        }
      }
      return undefined;
    },
  };
}

function sizeOf(values: Sealed['values']): number {
  let chars = 0;
  for (const name in values) chars += values[name]?.length ?? 0;
  return chars;
}

/** A few at a time, so that little is kept that is not asked for yet. */
const batch = 256;

async function* readRecords(dir: string, callsOnly: boolean): AsyncGenerator<readonly Sealed[]> {
  const names = await readdir(dir).catch(() => []);
  for (const name of names.filter((each) => /^\d{20}\.vlt$/u.test(each)).toSorted()) {
    for await (const { lines } of readLines(join(dir, name), maxLineBytes)) {
      for (let at = 0; at < lines.length; at += batch) {
        const some = lines.slice(at, at + batch);
        yield (callsOnly ? some.filter(isOfCall) : some).flatMap(toSealed);
      }
    }
  }
}

const callForm = /^[0-9a-f]{16} \{"id":"[^"\\]*","salt":"[^"\\]*","values":\{"call":/u;

function isOfCall(line: Line): boolean {
  return 'text' in line && callForm.test(line.text.slice(0, 200));
}

/** An erased record is a blank line, and left out; so is what is not what was written. */
function toSealed(line: Line): readonly Sealed[] {
  const opened = 'text' in line ? openFrame(line.text) : undefined;
  const sealed = opened === undefined ? undefined : parseSealed(opened.line);
  return sealed === undefined ? [] : [sealed];
}
