import { setTimeout as wait } from 'node:timers/promises';
import { verifyLog, type Finding, type Verified } from '../core/audit/verify.ts';
import { nodeFileSystem } from '../stores/embedded/file-system.ts';
import { readSegments } from '../stores/embedded/read-entries.ts';
import { commonOptions, defineCommand } from './command.ts';
import { exitCodes } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { findLogFolder, listSegments } from './log-folder.ts';
import { toPrintable, toPrintableJson } from './printable.ts';
import { createStyle } from './style.ts';

export const auditVerify = defineCommand(
  {
    usage: 'audit verify DIR [--json]',
    about: `Verifies the action log of the data folder DIR (or of its \`log\` folder) from its files alone: frames,
canonical form, chain, session roots, one end a call. Needs no hypervisor and disturbs none.
A chain without signatures cannot show a tail that was cut off: compare the head with one you kept.
Exit code 1 if anything is wrong.`,
    options: commonOptions,
    help: {},
    operands: [1, 1],
    example: 'ringfence audit verify .ringfence',
  },
  async ({ values, operands: [path = ''] }, io) => {
    const dir = await findLogFolder(path, io.cwd);
    const verified = await verifySettled(dir);
    const segments = (await listSegments(dir)).length;
    if (values.json === true) io.stdout.write(`${toPrintableJson(toJson(verified, segments))}\n`);
    else show({ verified, segments, dir }, io);
    return verified.found === 0 ? exitCodes.fine : exitCodes.findings;
  },
);

const attempts = 5;
const waitMs = 20;

/** A line without an end may be one that is just being written: then it has an end a moment later. */
async function verifySettled(dir: string): Promise<Verified> {
  let verified = await verifyLog(readSegments(dir, nodeFileSystem));
  for (let attempt = 1; attempt < attempts && isOnlyTorn(verified); attempt += 1) {
    await wait(waitMs);
    verified = await verifyLog(readSegments(dir, nodeFileSystem));
  }
  return verified;
}

function isOnlyTorn({ found, findings: [first] }: Verified): boolean {
  return found === 1 && first?.problem === 'torn';
}

function toJson({ findings, found, entries, head, open }: Verified, segments: number) {
  return {
    ok: found === 0,
    entries,
    segments,
    head: { seq: head.seq, leaf: head.leaf },
    open: open.length,
    found,
    findings: findings.map(({ segment, offset, seq = null, problem, message }) => ({
      file: segment,
      offset,
      seq,
      problem,
      message,
    })),
  };
}

function show(
  { verified, segments, dir }: { verified: Verified; segments: number; dir: string },
  io: CliIo,
): void {
  const style = createStyle(io);
  const { findings, found, entries, head, open } = verified;
  const paintFinding = ({ segment, offset, problem, message }: Finding): string =>
    `${style.bold(`${toPrintable(segment)}:${offset}`)}: ${style.red(problem)}: ${toPrintable(message)}`;
  const lines = [
    ...findings.map(paintFinding),
    ...(found > findings.length ? [`… and ${found - findings.length} more`] : []),
    `entries   ${entries}`,
    `segments  ${segments}`,
    `head      ${head.seq} ${head.leaf}`,
    `open      ${open.length}${open.length === 0 ? '' : ' (calls that started and did not end: running now, or cut off)'}`,
    found === 0
      ? style.green('the log verifies')
      : style.red(`${found} findings: the log does not verify`),
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
  if (found > 0)
    io.stderr.write(`the files are in ${toPrintable(dir)}; keep a copy before you do anything\n`);
}
