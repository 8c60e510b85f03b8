import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOutOfBoundsGate } from '../../../src/core/gates/out-of-bounds.ts';
import type { Facts, ToolCall } from '../../../src/core/model/call.ts';
import type { Deny } from '../../../src/core/model/decision.ts';
import type { Json } from '../../../src/core/model/json.ts';
import { noKnowledge } from '../../../src/core/model/provenance.ts';
import type { Paths } from '../../../src/core/model/ports.ts';
import type { Manifest } from '../../../src/core/model/tool.ts';
import { createRealPaths } from '../../../src/files/real-paths.ts';

export const readTool: Manifest = { effect: 'read', undo: 'full' };
export const writeTool: Manifest = { effect: 'write', undo: 'none' };

export interface World {
  /** Holds `rules/a.json`, `.state/log`, `ringfence.json` (protected) and `work/`, `work/notes.txt`, links. */
  readonly dir: string;
  ask(args: Json, manifest?: Manifest, paths?: Paths): Promise<Deny | undefined>;
  close(): Promise<void>;
}

/** A real folder tree, with the gate looking at it from `work` as the working folder (through the port). */
export async function openWorld(): Promise<World> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'ringfence-bounds-')));
  for (const folder of ['rules', '.state', 'work/deep', 'home']) {
    await mkdir(join(dir, folder), { recursive: true });
  }
  for (const file of ['rules/a.json', '.state/log', 'ringfence.json', 'work/notes.txt']) {
    await writeFile(join(dir, file), '{}');
  }
  await symlink('../rules', join(dir, 'work/link'));
  await symlink('../rules/a.json', join(dir, 'work/innocent.txt'));
  await symlink('../rules/new.json', join(dir, 'work/dangling.txt'));
  await symlink('..', join(dir, 'work/up'));
  await symlink('../rules', join(dir, 'work/plainlink'));
  const folders = ['rules', '.state', 'ringfence.json'].map((name) => join(dir, name));
  const real = pathsFrom(join(dir, 'work'), join(dir, 'home'));
  return {
    dir,
    ask: (args, manifest = readTool, paths = real) =>
      createOutOfBoundsGate({ folders, paths, manifestOf: () => manifest }).check(
        toCall(args),
        facts,
      ),
    close: () => rm(dir, { recursive: true }),
  };
}

/** The real paths, seen from another working folder and home than this process has. */
export function pathsFrom(cwd: string, home: string): Paths {
  const real = createRealPaths();
  return {
    home,
    realPath: (path) => real.realPath(path.startsWith('/') ? path : `${cwd}/${path}`),
  };
}

export function toCall(args: Json): ToolCall {
  const agent = { kind: 'agent', id: 'a', roles: [] } as const;
  const session = {
    kind: 'session',
    id: 's',
    observe: (): void => undefined,
    join: () => Promise.reject(new Error('not here')),
    end: () => Promise.reject(new Error('not here')),
  } as const;
  return {
    id: '0',
    tool: 'shell',
    action: 'run',
    definition: '',
    args,
    seat: { agent, session },
    fingerprint: '',
  };
}

export const facts: Facts = {
  tool: { name: 'shell', description: '' },
  ring: 2,
  env: 'test',
  nowMs: 1_000_000,
  signal: new AbortController().signal,
  history: [],
  session: noKnowledge,
  soFar: undefined,
};
