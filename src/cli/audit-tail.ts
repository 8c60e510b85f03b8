import type { LogEntry } from '../core/model/ports.ts';
import { commonOptions, defineCommand } from './command.ts';
import { exitCodes, misuse } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { findLogFolder } from './log-folder.ts';
import { followLog, readTail, type TailLine } from './log-tail.ts';
import { toPrintable, toPrintableJson } from './printable.ts';
import { createStyle, type Style } from './style.ts';

export const auditTail = defineCommand(
  {
    usage: 'audit tail DIR [-n N] [--follow] [--json]',
    about: `Shows the last entries of the action log of the data folder DIR (or of its \`log\` folder), oldest first, and
with --follow those to come. Needs no hypervisor and disturbs none. With --json each line is one entry.
Exit code 1 if a line is not what was written (\`ringfence audit verify\` tells more).`,
    options: {
      lines: { type: 'string', short: 'n' },
      follow: { type: 'boolean', short: 'f' },
      ...commonOptions,
    },
    help: { lines: 'how many entries (default 10)', follow: 'go on until interrupted' },
    operands: [1, 1],
    example: 'ringfence audit tail .ringfence -n 50 --follow',
  },
  async ({ values, operands: [path = ''] }, io) => {
    const count = parseCount(values.lines ?? '10');
    const dir = await findLogFolder(path, io.cwd);
    const show = createPrinter(values.json === true, io);
    const { lines, next } = await readTail(dir, count);
    let damaged = 0;
    for (const line of lines) damaged += show(line) ? 0 : 1;
    if (values.follow === true) {
      for await (const line of followLog(dir, next, io.signal)) damaged += show(line) ? 0 : 1;
    }
    return damaged === 0 ? exitCodes.fine : exitCodes.findings;
  },
);

function parseCount(text: string): number {
  if (/^\d{1,7}$/u.test(text)) return Number(text);
  throw misuse(`\`-n ${text}\`: expected a whole number, 0 to 9999999`);
}

/** False for a line that is damaged. */
function createPrinter(isJson: boolean, io: CliIo): (line: TailLine) => boolean {
  const style = createStyle(io);
  return ({ segment, offset, entry }) => {
    if (entry === undefined) {
      io.stderr.write(`${toPrintable(segment)}:${offset}: the line is not what was written\n`);
      return false;
    }
    io.stdout.write(
      `${isJson ? toPrintableJson({ seq: entry.seq, ...entry.body }) : showEntry(entry, style)}\n`,
    );
    return true;
  };
}

/** Long and known elsewhere: left out for people. */
const hidden: ReadonlySet<string> = new Set([
  'type',
  'time',
  'commitments',
  'vault',
  'definition',
  'root',
]);

function showEntry({ seq, body }: LogEntry, style: Style): string {
  const { type, time } = body;
  const details = Object.entries(body)
    .filter(([key]) => !hidden.has(key))
    .map(([key, value]) => `${style.dim(`${toPrintable(key)}=`)}${showValue(value)}`);
  return [
    String(seq).padStart(6),
    style.dim(showTime(time)),
    paintType(body, style)(toPrintable(type)),
    ...details,
  ].join('  ');
}

function showValue(value: LogEntry['body'][string]): string {
  const isPlain = typeof value === 'string' && /^[\w.:@/-]+$/u.test(value);
  return isPlain ? value : toPrintableJson(value);
}

function paintType({ type, verdict, status }: LogEntry['body'], style: Style) {
  const isBad = type.startsWith('kill.') || verdict === 'deny' || type === 'call.refused';
  if (isBad || status === 'failed' || status === 'unknown') return style.red;
  return verdict === 'review' || type.startsWith('approval.') ? style.yellow : style.green;
}

/** A time that a date cannot hold is shown as the number it is. */
function showTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
