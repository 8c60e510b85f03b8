import { cp, mkdir, open, readdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** One way of saving `text` as `name` in a folder; `turn` is another number each time. */
export interface Save {
  readonly how: string;
  /** The layout to start from; default: plain files. */
  readonly layout?: 'kubernetes' | 'linked folder';
  save(folder: string, name: string, text: string, turn: number): Promise<void>;
}

/** The ways that editors, deployments and Kubernetes save. */
export const saves: readonly Save[] = [
  { how: 'in place', save: (folder, name, text) => writeFile(join(folder, name), text) },
  {
    how: 'truncated, then written in pieces',
    async save(folder, name, text) {
      const handle = await open(join(folder, name), 'w');
      const half = Math.floor(text.length / 2);
      await handle.write(text.slice(0, half));
      await handle.sync();
      await handle.write(text.slice(half));
      await handle.close();
    },
  },
  {
    how: 'written beside and renamed over',
    async save(folder, name, text, turn) {
      await writeFile(join(folder, `${name}.tmp${turn}`), text);
      await rename(join(folder, `${name}.tmp${turn}`), join(folder, name));
    },
  },
  {
    how: 'written in another folder and renamed over',
    async save(folder, name, text, turn) {
      await writeFile(`${folder}-${turn}.tmp`, text);
      await rename(`${folder}-${turn}.tmp`, join(folder, name));
    },
  },
  {
    how: 'the way vim does, with a backup',
    async save(folder, name, text) {
      await writeFile(join(folder, '4913'), '');
      await unlink(join(folder, '4913'));
      await rename(join(folder, name), join(folder, `${name}~`));
      await writeFile(join(folder, name), text);
      await unlink(join(folder, `${name}~`));
    },
  },
  {
    how: 'deleted and created',
    async save(folder, name, text) {
      await unlink(join(folder, name));
      await writeFile(join(folder, name), text);
    },
  },
  {
    how: 'with many other files at once',
    async save(folder, name, text, turn) {
      const others = Array.from({ length: 30 }, (_, index) => join(folder, `other-${index}.json`));
      await Promise.all([
        writeFile(join(folder, name), text),
        ...others.map((path) => writeFile(path, `${turn}`)),
      ]);
    },
  },
  {
    how: 'by swapping the folder',
    async save(folder, name, text, turn) {
      await cp(folder, `${folder}-${turn}`, { recursive: true });
      await writeFile(join(`${folder}-${turn}`, name), text);
      await rename(folder, `${folder}-old`);
      await rename(`${folder}-${turn}`, folder);
      await rm(`${folder}-old`, { recursive: true });
    },
  },
  {
    how: 'by swapping the link that Kubernetes keeps',
    layout: 'kubernetes',
    async save(folder, name, text, turn) {
      await mkdir(join(folder, `..${turn}`));
      await writeFile(join(folder, `..${turn}`, name), text);
      await symlink(`..${turn}`, join(folder, '..data_tmp'));
      await rename(join(folder, '..data_tmp'), join(folder, '..data'));
      for (const entry of await readdir(folder)) {
        if (/^\.\.\d/.test(entry) && entry !== `..${turn}`)
          await rm(join(folder, entry), { recursive: true });
      }
    },
  },
  {
    how: 'by swapping a link to the folder',
    layout: 'linked folder',
    async save(folder, name, text, turn) {
      await mkdir(`${folder}-${turn}`);
      await writeFile(join(`${folder}-${turn}`, name), text);
      await symlink(`${folder}-${turn}`, `${folder}.tmp`);
      await rename(`${folder}.tmp`, folder);
    },
  },
  {
    how: 'by another process',
    async save(folder, name, text) {
      execFileSync('sh', ['-c', 'printf %s "$2" > "$1"', 'sh', join(folder, name), text]);
    },
  },
];

/** Lays the folder as the way of saving expects it. */
export async function layOut(
  folder: string,
  { layout }: Save,
  name: string,
  text: string,
): Promise<void> {
  if (layout === 'linked folder') {
    await mkdir(`${folder}-0`);
    await symlink(`${folder}-0`, folder);
  } else await mkdir(folder);
  if (layout === 'kubernetes') {
    await mkdir(join(folder, '..0'));
    await symlink('..0', join(folder, '..data'));
    await writeFile(join(folder, '..0', name), text);
    await symlink(join('..data', name), join(folder, name));
  } else await writeFile(join(folder, name), text);
}
