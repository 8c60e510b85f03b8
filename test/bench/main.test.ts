import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const main = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));

function bench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['-C', 'ringfence-src', main, ...args],
    { encoding: 'utf8' },
  );
  return { status, stderr, lines: stdout.split('\n').filter((line) => line !== '') };
}

const figure = z.strictObject({
  name: z.string().min(1),
  unit: z.enum(['us', 'ms', 'bytes']),
  p50: z.number().positive(),
  p99: z.number().positive(),
  perSecond: z.number().min(0),
  floor: z.number().positive().optional(),
  peer: z.string().optional(),
  ratio: z.number().positive().optional(),
  p95: z.number().positive().optional(),
  max: z.number().positive().optional(),
  met: z.boolean().optional(),
  bar: z.string().optional(),
});

describe('npm run bench', () => {
  it('says what it can do', () => {
    const { status, lines, stderr } = bench('--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(lines[0]).toMatch(/^usage: npm run bench -- /);
    expect(lines.join('\n')).toMatch(/--only PATTERN[^]*call\.supervised/);
  });

  it('prints one line of JSON a figure, of those asked for and no other', () => {
    const { status, lines, stderr } = bench('--json', '--short', '--only', 'call.supervised');
    expect(stderr).toMatch(/^bench: Node 2\d\./);
    const figures = lines.map((line) => figure.parse(JSON.parse(line)));
    expect(figures.map(({ name }) => name)).toEqual([
      'call.supervised.bare-tool',
      'call.supervised.floor',
      'call.supervised.writing',
      'call.supervised',
    ]);
    const [bare, floor, , supervised] = figures;
    expect(supervised?.floor).toBe(floor?.p50);
    expect(supervised?.ratio).toBeCloseTo((supervised?.p50 ?? 0) / (floor?.p50 ?? 1), 1);
    expect(bare?.p50).toBeLessThan(floor?.p50 ?? 0);
    expect(status).toBe(0);
  });

  it('says what there is when nothing has the name', () => {
    const { status, lines, stderr } = bench('--only', 'nothing-of-this-name');
    expect(status).toBe(2);
    expect(lines).toEqual([]);
    expect(stderr).toMatch(/`nothing-of-this-name`.*rules\.decide.*call\.supervised/);
  });

  it('shows how it is used when an option is unknown', () => {
    const { status, stderr } = bench('--fast');
    expect(status).toBe(2);
    expect(stderr).toMatch(/--fast[^]*usage: npm run bench/);
  });
});
