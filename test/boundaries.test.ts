import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findViolations } from './boundaries/find-violations.ts';
import { readImports } from './boundaries/read-imports.ts';

const root = join(import.meta.dirname, '..');

function readSources(): ReadonlyMap<string, string> {
  const files = globSync(['src/**/*.ts', 'adapters/**/*.ts'], { cwd: root });
  const kept = files.filter((file) => !file.includes('node_modules'));
  return new Map(
    kept.map((file) => [file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8')]),
  );
}

function readDeclared(): ReadonlySet<string> {
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  const { dependencies = {}, peerDependencies = {} }: Record<string, object> = JSON.parse(text);
  return new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
}

/** What the checker says of made-up files, `declared` as if package.json had a few packages. */
function check(files: { readonly [file: string]: string }): readonly string[] {
  const declared = new Set(['zod', 'picomatch', 'pino', 'langchain', '@langchain/core', 'openai']);
  return findViolations(new Map(Object.entries(files)), declared);
}

describe('boundaries', () => {
  it('hold in every file of src and adapters', () => {
    const sources = readSources();
    expect(existsSync(join(root, 'src/core/model/errors.ts'))).toBe(true);
    expect(sources.size).toBeGreaterThan(10);
    expect(findViolations(sources, readDeclared())).toEqual([]);
  });

  it('let through what the table allows', () => {
    const files = {
      'src/core/model/a.ts': "import { z } from 'zod';\nimport { hash } from 'node:crypto';",
      'src/core/rules/b.ts': "import type { A } from '../model/a.ts';\nimport { z } from 'zod';",
      'src/core/rules/c.ts': "import { b } from './b.ts';\nimport match from 'picomatch';",
      'src/core/rules/d.ts': "import type { Matcher } from 'picomatch';",
      'src/core/supervisors/e.ts': "import { c } from '../rules/c.ts';",
      'src/core/hypervisor/f.ts': "import { e } from '../supervisors/e.ts';",
      'src/stores/g.ts': "import { readFile } from 'node:fs/promises';\nconst n = Date.now();",
      'src/observe/h.ts': "const pino = await import('pino');",
      'src/setup.ts': "import { g } from './stores/g.ts';",
      'src/index.ts':
        "export { f } from './core/hypervisor/f.ts';\nexport { s } from './setup.ts';",
      'src/cli/main.ts': "import { s } from '../setup.ts';",
      'adapters/langchain/index.ts':
        "import { tool } from '@langchain/core/tools';\nimport type { X } from 'ringfence/spi';\nimport { y } from './y.ts';",
      'adapters/langchain/y.ts': "import { z } from 'ringfence';",
    };
    expect(check(files)).toEqual([]);
  });

  it.each<[string, { readonly [file: string]: string }, string]>([
    [
      'model importing rules',
      { 'src/core/model/a.ts': "import { b } from '../rules/b.ts';" },
      'further out',
    ],
    [
      'a type of an outer layer',
      { 'src/core/gates/a.ts': "import type { B } from '../hypervisor/b.ts';" },
      'further out',
    ],
    [
      'a re-export of an outer layer',
      { 'src/core/gates/a.ts': "export { b } from '../../stores/b.ts';" },
      'further out',
    ],
    [
      'a type query',
      { 'src/core/gates/a.ts': "type B = import('../../stores/b.ts').B;" },
      'further out',
    ],
    [
      'a dynamic import',
      { 'src/core/gates/a.ts': "const b = await import(\n  '../../cli/b.ts'\n);" },
      'further out',
    ],
    [
      'an import over several lines',
      { 'src/core/gates/a.ts': "import {\n  b,\n  type C,\n} from '../../stores/b.ts';" },
      'further out',
    ],
    ['a bare import', { 'src/core/gates/a.ts': "import '../../stores/b.ts';" }, 'further out'],
    [
      'siblings of layer 1',
      { 'src/core/gates/a.ts': "import { b } from '../rules/b.ts';" },
      'sibling',
    ],
    ['siblings of layer 4', { 'src/stores/a.ts': "import { b } from '../files/b.ts';" }, 'sibling'],
    [
      'core importing the setup',
      { 'src/core/hypervisor/a.ts': "import { b } from '../../setup.ts';" },
      'further out',
    ],
    ['a door importing the other', { 'src/index.ts': "export { a } from './spi.ts';" }, 'sibling'],
    ['a folder nobody planned', { 'src/core/utils/a.ts': '' }, 'no layer'],
    ['a file nobody planned', { 'src/helpers.ts': '' }, 'no layer'],
    [
      'files in core',
      { 'src/core/model/a.ts': "import { readFileSync } from 'node:fs';" },
      'declare a port',
    ],
    [
      'a vendor SDK in core',
      { 'src/core/supervisors/a.ts': "import OpenAI from 'openai';" },
      'declare a port',
    ],
    [
      'a package nobody declared',
      { 'src/stores/a.ts': "import x from 'left-pad/sub';" },
      'package.json does not declare',
    ],
    [
      'a built-in without its prefix',
      { 'src/stores/a.ts': "import fs from 'fs';" },
      'begin with `node:`',
    ],
    [
      'a computed name in core',
      { 'src/core/rules/a.ts': 'const x = await import(name);' },
      'computed',
    ],
    [
      'a package in two files of core',
      {
        'src/core/rules/a.ts': "import m from 'picomatch';",
        'src/core/rules/b.ts': "import m from 'picomatch';",
      },
      'keep it to one',
    ],
    [
      'an adapter reaching inside',
      { 'adapters/openai/a.ts': "import { b } from '../../src/core/model/b.ts';" },
      'only the doors',
    ],
    [
      'an adapter reaching into another',
      { 'adapters/openai/a.ts': "import { b } from '../langchain/b.ts';" },
      'only the doors',
    ],
    [
      'a third door',
      { 'adapters/openai/a.ts': "import { b } from 'ringfence/core';" },
      'none of the two doors',
    ],
    ['our own name in src', { 'src/cli/a.ts': "import { b } from 'ringfence';" }, 'by its name'],
    ['export *', { 'src/core/model/a.ts': "export * from './b.ts';" }, 'exports `*`'],
    [
      'export type *',
      { 'src/core/model/a.ts': "export type * as b from './b.ts';" },
      'exports `*`',
    ],
    [
      'a default export',
      { 'src/core/model/a.ts': 'export default function a() {}' },
      'default export',
    ],
    [
      'a default export by name',
      { 'src/core/model/a.ts': 'export { a as default };' },
      'default export',
    ],
    ['a clock in core', { 'src/core/gates/a.ts': 'const t = Date.now();' }, 'the clock'],
    ['a timer in core', { 'src/core/gates/a.ts': 'setTimeout(() => {}, 1);' }, 'a timer'],
    ['chance in core', { 'src/core/gates/a.ts': 'const r = Math.random();' }, 'chance'],
    ['the environment in core', { 'src/core/gates/a.ts': 'const e = process.env;' }, 'the process'],
    ['the network in core', { 'src/core/gates/a.ts': "await fetch('x');" }, 'the network'],
  ])('refuse %s', (_, files, problem) => {
    const found = check(files);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(problem);
  });

  it('refuse cycles, of types too, naming their files', () => {
    const found = check({
      'src/core/model/a.ts': "import { b } from './b.ts';",
      'src/core/model/b.ts': "export type { C } from './c.ts';",
      'src/core/model/c.ts': "import type { A } from './a.ts';",
    });
    expect(found).toEqual([
      'cycle: src/core/model/a.ts -> src/core/model/b.ts -> src/core/model/c.ts -> src/core/model/a.ts',
    ]);
  });

  it('do not read comments and texts as imports', () => {
    const source = [
      '/** @example',
      " * import { a } from 'a';",
      ' */',
      "// import { b } from 'b';",
      "const text = 'take it from';",
      'const more = "import \'c\'";',
      "export const from = 'd';",
      "export interface F {\n  readonly from: 'f';\n}",
      "export { e } from 'e';",
    ].join('\n');
    expect(readImports(source)).toEqual([{ specifier: 'e', isType: false }]);
  });
});
