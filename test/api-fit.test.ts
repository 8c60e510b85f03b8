import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const pinned = join(root, '../shared/api.ts');
// inside the repository, so that the types of zod are found
const folder = join(root, 'node_modules', '.api-fit');

const fit = `
import type * as api from './pinned.ts';
import type * as ours from '${join(root, 'src/index.ts')}';
type Fits<Ours extends Pinned, Pinned> = Ours;
export type A = Fits<ours.Hypervisor, api.Hypervisor>;
export type B = Fits<ours.Decision, api.Decision>;
export type B2 = Fits<api.Decision, ours.Decision>;
export type C = Fits<ours.Outcome<string>, api.Outcome<string>>;
export type D = Fits<ours.ToolCall, api.ToolCall>;
export type E = Fits<api.Gate, ours.Gate>;
export type F = Fits<api.Supervisor, ours.Supervisor>;
export type G = Fits<api.Filter, ours.Filter>;
export type H = Fits<ours.Manifest, api.Manifest>;
export type I = Fits<api.Manifest, ours.Manifest>;
export type J = Fits<ours.Facts, api.Facts>;
export type K = Fits<Parameters<typeof api.createHypervisor>[0], ours.HypervisorOptions>;
export type L = Fits<ReturnType<typeof ours.supervise>, ReturnType<typeof api.supervise>>;
export type M = Fits<api.ToolSpec<never, string>, ours.ToolSpec<never, string>>;
`;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.skipIf(!existsSync(pinned))('fits the signatures that are pinned', () => {
  mkdirSync(folder, { recursive: true });
  copyFileSync(pinned, join(folder, 'pinned.ts'));
  writeFileSync(join(folder, 'fit.ts'), fit);
  const config = { extends: join(root, 'tsconfig.json'), include: ['fit.ts'], exclude: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});
