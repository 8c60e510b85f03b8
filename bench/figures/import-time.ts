import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runChild } from '../child.ts';
import { round, toFigure, type Figure, type Suite } from '../figure.ts';
import { median } from '../statistics.ts';

const child = fileURLToPath(new URL('../children/import-time.ts', import.meta.url));
const built = new URL('../../dist/src/index.js', import.meta.url);
const sources = new URL('../../src/index.ts', import.meta.url);
const maxRatio = 1.3;

/** What must not be loaded before it is used. */
const late = ['chokidar', 'pino', 'node:sqlite', 'langchain', '@langchain/core', 'openai'];

/** The import of `ringfence` beside that of `zod`, each in fresh processes in turn: the build where there is one. */
export const importTime: Suite = {
  figures: ['import.ringfence'],
  isShort: true,
  async measure({ short, note }): Promise<readonly Figure[]> {
    const isBuilt = existsSync(built);
    const ours = (isBuilt ? built : sources).href;
    note(
      isBuilt
        ? 'of dist (npm run build)'
        : 'of the sources: types are stripped on the way; run `npm run build` for the figure that counts',
    );
    checkLate(ours);
    const samples: Record<'zod' | 'ours', number[]> = { zod: [], ours: [] };
    for (let run = 0; run < (short ? 5 : 41); run += 1) {
      samples.zod.push(read(runChild(child, { args: ['zod'] })).tookMs);
      samples.ours.push(read(runChild(child, { args: [ours] })).tookMs);
    }
    const floor = median(samples.zod);
    const ratio = median(samples.ours) / floor;
    const verdict = { bar: `at most ${maxRatio} x the import of zod`, met: ratio <= maxRatio };
    return [
      toFigure('import.zod', 'ms', samples.zod),
      toFigure('import.ringfence', 'ms', samples.ours, {
        floor: round(floor),
        ratio: round(ratio),
        ...verdict,
      }),
    ];
  },
};

/** Throws if the import alone loads a framework, watcher, logger or database. */
function checkLate(module: string): void {
  const { loaded } = read(runChild(child, { args: [module, '--list'] }));
  const early = loaded.filter((url) =>
    late.some((name) => url === name || url.includes(`/node_modules/${name}/`)),
  );
  if (early.length > 0) throw new Error(`importing ${module} alone loads ${early.join(', ')}`);
}

function read(text: string): { readonly tookMs: number; readonly loaded: readonly string[] } {
  const { tookMs, loaded } = JSON.parse(text);
  return { tookMs: Number(tookMs), loaded: Array.isArray(loaded) ? loaded.map(String) : [] };
}
