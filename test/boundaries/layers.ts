/** A part of the house: files of one unit import each other freely, others only downwards. */
export interface Unit {
  readonly name: string;
  /** Lower is further in. Two units of one layer never import each other. */
  readonly layer: number;
}

const l1 = ['rules', 'gates', 'trust', 'approvals', 'audit', 'sessions', 'sagas'];

/** The table: what is not in it may not exist. A prefix that ends in `/` is a folder, else a file. */
const units: readonly (readonly [prefix: string, layer: number])[] = [
  ['src/core/model/', 0],
  // what several of the siblings read: where values came from, what a command line says
  ['src/core/provenance/', 0.5],
  ['src/core/shell/', 0.5],
  ['src/core/prompts/', 0.5],
  ...l1.map((name) => [`src/core/${name}/`, 1] as const),
  ['src/core/supervisors/', 2],
  ['src/core/hypervisor/', 3],
  ['src/stores/', 4],
  ['src/models/', 4],
  ['src/files/', 4],
  ['src/observe/', 4],
  // some of them read files, with the same care as rules are read
  ['src/filters/', 4.2],
  ['src/judge/', 4.4],
  ['src/setup.ts', 4.5],
  ['src/start.ts', 4.6],
  ['src/index.ts', 4.7],
  ['src/spi.ts', 4.7],
  ['src/server/', 5],
  ['src/cli/', 5],
];
const adapterLayer = 6;

/** The unit a file belongs to; undefined if the table has no place for it. */
export function unitOf(file: string): Unit | undefined {
  const adapter = /^adapters\/[^/]+\//.exec(file)?.[0];
  if (adapter !== undefined) return { name: adapter, layer: adapterLayer };
  const unit = units.find(([prefix]) =>
    prefix.endsWith('/') ? file.startsWith(prefix) : file === prefix,
  );
  return unit === undefined ? undefined : { name: unit[0], layer: unit[1] };
}

export function isAdapter(unit: Unit): boolean {
  return unit.layer === adapterLayer;
}

/** What adapters and examples may import of us. */
export const doors: ReadonlySet<string> = new Set(['ringfence', 'ringfence/spi']);

/**
 * Packages that core may import: pure ones only. `one`: by a single file, which hides it from the rest.
 * zod by many: a schema stands beside what it parses. Types alone do not count.
 */
export const corePackages: ReadonlyMap<string, 'one' | 'many'> = new Map([
  ['zod', 'many'],
  ['canonicalize', 'one'],
  ['json-logic-engine', 'one'],
  ['json-logic-js', 'one'],
  ['re2js', 'one'],
  ['tldts', 'one'],
  ['ipaddr.js', 'one'],
  ['picomatch', 'one'],
  ['semver', 'one'],
  ['unbash', 'one'],
  ['node:crypto', 'one'],
]);

/** Time, chance and the world come into core through ports. */
export const worldly: ReadonlyMap<string, RegExp> = new Map([
  ['the clock', /\b(?:Date\.now|performance\.now)\b|\bnew Date\(\)|\bAbortSignal\.timeout\b/],
  ['a timer', /\bset(?:Timeout|Interval|Immediate)\(/],
  ['chance', /\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|\bgetRandomValues\b/],
  ['the process', /\bprocess\.\w|\bglobalThis\.process\b/],
  ['the network', /(?<![.\w])fetch\(|\bnew WebSocket\(/],
]);
