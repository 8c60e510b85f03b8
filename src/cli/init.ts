import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { commonOptions, defineCommand } from './command.ts';
import { CliError, exitCodes, misuse } from './exit-code.ts';
import { starterConfig, starterTools } from './init-files.ts';
import type { CliIo } from './io.ts';
import { findPackageFile } from '../files/package-file.ts';
import { toPrintable, toPrintableJson } from './printable.ts';
import { createStyle } from './style.ts';

export const init = defineCommand(
  {
    usage: 'init [DIR] [--json]',
    about: `Writes starter rules (rules/, with the schema that editors read), what is declared of tools (tools.json)
and a configuration (ringfence.yaml) into DIR, by default here. Everything is readable by you alone. What is
there already stays as it is; a rules folder that holds anything gets no rules.`,
    options: commonOptions,
    help: {},
    operands: [0, 1],
    example: 'ringfence init my-agent',
  },
  async ({ values, operands: [path = '.'] }, io) => {
    const dir = resolve(io.cwd, path);
    const written = await writeStarter(dir);
    if (values.json === true) io.stdout.write(`${toPrintableJson({ dir, ...written })}\n`);
    else show(dir, written, io);
    return exitCodes.fine;
  },
);

interface Written {
  /** From `dir`. */
  readonly created: readonly string[];
  readonly kept: readonly string[];
}

async function writeStarter(dir: string): Promise<Written> {
  const rules = join(dir, 'rules');
  const starter = await readStarterRules();
  await makeFolder(rules);
  const isTaken = (await readdir(rules)).length > 0;
  const files: readonly (readonly [string, string])[] = [
    ...(isTaken ? [] : starter.map(({ name, text }) => [join(rules, name), text] as const)),
    ...(isTaken ? [] : [[join(rules, schemaName), await readSchema()] as const]),
    [join(dir, 'tools.json'), starterTools],
    [join(dir, 'ringfence.yaml'), starterConfig],
  ];
  const created: string[] = [];
  const kept: string[] = isTaken ? ['rules'] : [];
  for (const [path, text] of files) {
    const isNew = await create(path, text);
    (isNew ? created : kept).push(relative(dir, path));
  }
  return { created, kept };
}

async function readStarterRules(): Promise<readonly { name: string; text: string }[]> {
  const folder = findPackageFile(join('rules', 'starter'));
  const names = await readdir(folder).catch(() => []);
  const rules = names.filter((name) => name.endsWith('.json')).toSorted();
  if (rules.length === 0) {
    throw new CliError(
      { exitCode: exitCodes.findings, code: 'PACKAGE_DAMAGED' },
      `the starter rules of the package are not in \`${folder}\`; install the package again`,
    );
  }
  return Promise.all(
    rules.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8');
      // the schema is copied beside them: a path into node_modules would break with the next layout of it
      return { name, text: text.replace(`"../${schemaName}"`, `"./${schemaName}"`) };
    }),
  );
}

const schemaName = 'rules.schema.json';

async function readSchema(): Promise<string> {
  const path = findPackageFile(join('rules', schemaName));
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text !== undefined) return text;
  throw new CliError(
    { exitCode: exitCodes.findings, code: 'PACKAGE_DAMAGED' },
    `\`${path}\` is not there; install the package again`,
  );
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
    const message = `a file stands where the folder \`${path}\` belongs`;
    throw misuse(message, 'name another folder, or move the file away');
  }
}

/** False if it is there already. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function show(dir: string, { created, kept }: Written, io: CliIo): void {
  const style = createStyle(io);
  for (const path of created) io.stdout.write(`${style.green('created')}  ${toPrintable(path)}\n`);
  for (const path of kept) io.stdout.write(`${style.dim('kept')}     ${toPrintable(path)}\n`);
  const here = relative(io.cwd, dir) || '.';
  io.stderr.write(`next: \`ringfence check ${toPrintable(join(here, 'rules'))}\`\n`);
}
