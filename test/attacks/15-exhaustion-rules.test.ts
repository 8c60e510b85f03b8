import { describe, expect, it } from 'vitest';
import { loadRules } from '../../src/core/rules/load.ts';
import { resolvePaths } from '../../src/core/supervisors/resolve-paths.ts';
import { decideWith, errorsOf, fileOf, load, probe } from '../core/rules/rule-calls.ts';

const rule = (predicates: object) => probe({ args: { x: predicates } });
const deny = (predicates: object) => [
  { ...rule(predicates), approval: 'deny' },
  { name: 'rest', condition: {}, approval: 'auto_approve' },
];

/** Milliseconds of the processor, for what must not hang: others may keep the machine busy meanwhile. */
function timed(work: () => void): number {
  const started = process.cpuUsage();
  work();
  return process.cpuUsage(started).user / 1000;
}

describe('attack class 15, exhaustion: predicates', () => {
  it.each(['^(a+)+$', '^(a|aa)+$', '(a*)*b', '^(([a-z])+.)+[A-Z]([a-z])+$', '(.*)*x', '(x+x+)+y'])(
    'the pattern %s cannot be made to backtrack',
    (regex) => {
      const set = load([rule({ regex })]);
      const args = { x: `${'a'.repeat(50_000)}!` };
      expect(timed(() => decideWith(set, { args }))).toBeLessThan(2000);
    },
  );

  it('a text too long for its pattern denies, whichever way the rule goes', () => {
    const args = { x: 'a'.repeat(1_000_000) };
    expect(decideWith(load([rule({ regex: '[ab]{900}c' })]), { args }).verdict).toBe('deny');
    expect(decideWith(load(deny({ regex: '[ab]{900}c' })), { args }).verdict).toBe('deny');
  });

  it('a pattern or schema that would take too much is refused when it is read', () => {
    let wide: object = { type: 'string' };
    for (let level = 0; level < 8; level += 1) wide = { anyOf: [wide, wide, wide] };
    for (const predicates of [
      { regex: '((a{30}){30}){30}' },
      { regex: `(${'a|'.repeat(900)}b){900}` },
      { regex: 'a'.repeat(100_000) },
      { matches_schema: wide },
      { matches_schema: { enum: Array.from({ length: 600 }, (_, i) => [i]) } },
      { semver: '^1.0.0 || '.repeat(5000) },
    ]) {
      let found = 0;
      const tookMs = timed(() => (found = errorsOf(fileOf([rule(predicates)]).text).length));
      expect(found).toBe(1);
      expect(tookMs).toBeLessThan(2000);
    }
  });

  it('a schema asked about a huge value answers in time that grows with the value alone', () => {
    const schema = { uniqueItems: true, items: { type: 'object', required: ['a'] } };
    const set = load([rule({ matches_schema: schema })]);
    const x = Array.from({ length: 20_000 }, (_, a) => ({ a }));
    expect(timed(() => decideWith(set, { args: { x } }))).toBeLessThan(2000);
    expect(decideWith(set, { args: { x } }).verdict).toBe('allow');
    expect(decideWith(set, { args: { x: [...x, { a: 0 }] } }).verdict).toBe('deny');
  });

  it('long lists are looked up, not walked for each value', () => {
    const items = Array.from({ length: 50_000 }, (_, index) => `h${index}.example`);
    const lists = { lists: { many: items } };
    for (const name of ['domain', 'intersects', 'subset']) {
      const set = load([rule({ [name]: { in_list: 'many' } })], lists);
      const x = name === 'domain' ? 'https://a.b.h49999.example/' : items;
      decideWith(set, { args: { x } });
      expect(timed(() => decideWith(set, { args: { x } }))).toBeLessThan(1000);
      expect(decideWith(set, { args: { x } }).verdict).toBe('allow');
    }
  });

  it('names of hosts, addresses and versions are read up to a length', () => {
    for (const [predicates, x] of [
      [{ domain: 'a.example' }, `https://${'a.'.repeat(500_000)}a.example/`],
      [{ cidr: '10.0.0.0/8' }, '1'.repeat(1_000_000)],
      [{ cidr: '10.0.0.0/8' }, `10.0.0.0/${'1'.repeat(1_000_000)}`],
      [{ semver: '^1.0.0' }, `1.0.0-${'a'.repeat(1_000_000)}`],
    ] as const) {
      const set = load([rule(predicates)]);
      expect(timed(() => decideWith(set, { args: { x } }))).toBeLessThan(1000);
      expect(decideWith(set, { args: { x } }).verdict).toBe('deny');
    }
  });

  it('a list of 300,000 lines of nothing but comments is refused in bounded time', () => {
    const lists = fileOf([], { lists: { x: { file: 'x.txt' } } });
    const text = '# nothing here\n'.repeat(300_000);
    let isRefused = false;
    const tookMs = timed(() => (isRefused = !loadRules([lists, { name: 'x.txt', text }]).ok));
    expect(isRefused).toBe(true);
    expect(tookMs).toBeLessThan(5000);
  });

  it('a call asks for a bounded number of paths, and what is beyond stays unknown', async () => {
    const asked: string[] = [];
    const realPath = async (path: string): Promise<string> => {
      asked.push(path);
      return path;
    };
    const texts = Array.from({ length: 10_000 }, (_, at) => `/a/${at}`);
    const real = await resolvePaths({ home: '/home/a', realPath }, texts);
    expect(asked).toHaveLength(256);
    expect([real('/a/0'), real('/a/9999')]).toEqual(['/a/0', undefined]);
  });
});
