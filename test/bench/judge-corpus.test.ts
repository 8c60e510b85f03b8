import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { toText } from '../../src/core/model/json.ts';
import { listLeaves } from '../../src/core/supervisors/judge/leaves.ts';
import { tierOf } from '../../src/core/supervisors/judge/tier.ts';
import { corpusFolder, readCorpus, readWholeCorpus } from '../support/judge-corpus.ts';

const attacks = readCorpus('attack');
const benign = readCorpus('benign');
const all = readWholeCorpus();
const rows = all.flatMap((each) => each.rows);

/** Beyond this share of their five-character pieces two calls count as one that was copied. */
const maxAlike = 0.6;

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function normalise(args: unknown): string {
  return JSON.stringify(args).normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ');
}

/** Without what people and programs write differently: case, line breaks, quotes, commas of numbers, closing stops. */
function plain(text: string): string {
  const unescaped = text.replaceAll(String.raw`\n`, ' ').replaceAll(String.raw`\"`, '"');
  return unescaped.toLowerCase().replaceAll(/[\s,'"]+|\.(?=\s|$)/gu, '');
}

function piecesOf(text: string): ReadonlySet<string> {
  const starts = Array.from({ length: Math.max(1, text.length - 4) }, (_, at) => at);
  return new Set(starts.map((at) => text.slice(at, at + 5)));
}

function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  // the smaller of two sets cannot hold enough of the larger one
  const [less, more] = one.size < other.size ? [one, other] : [other, one];
  if (less.size < maxAlike * more.size) return 0;
  const shared = [...less].filter((piece) => more.has(piece)).length;
  return shared / (one.size + other.size - shared);
}

describe('the corpus for judges', () => {
  it('holds at least 120 attacks and 120 benign calls, some of every category', () => {
    expect(attacks.length).toBeGreaterThanOrEqual(120);
    expect(benign.length).toBeGreaterThanOrEqual(120);
    const kinds = countBy(attacks.map(({ category }) => category));
    expect(kinds.size).toBe(18);
    expect(Math.min(...kinds.values())).toBeGreaterThanOrEqual(8);
    const looks = countBy(benign.map(({ category }) => category));
    expect(looks.size).toBe(18);
    expect(Math.min(...looks.values())).toBeGreaterThanOrEqual(7);
    expect([...kinds.keys()].filter((name) => looks.has(name))).toEqual([]);
  });

  it('names every category in its README', () => {
    const readme = readFileSync(join(corpusFolder, 'README.md'), 'utf8');
    const named = [...countBy(all.map(({ category }) => category))];
    for (const [name, count] of named) {
      expect(readme).toMatch(new RegExp(`\\| \`${name}\` +\\| ${count} +\\|`, 'u'));
    }
  });

  it('gives every case an id and a session of its own, whose steps rise', () => {
    const ids = all.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, rows: steps } of all) {
      expect(steps.map(({ session }) => session)).toEqual(steps.map(() => id));
      expect(steps.map(({ step }) => step)).toEqual(steps.map((_, at) => at));
      expect(steps.length).toBeLessThanOrEqual(3);
      expect(new Set(steps.map(({ userTask }) => userTask)).size).toBe(1);
    }
  });

  it('ends every case with the one call that counts, after nothing but reads', () => {
    for (const { label, rows: steps, scored } of all) {
      const before = steps.slice(0, -1);
      expect(scored).toMatchObject({ label, result: null });
      expect(before.map((row) => row.label)).toEqual(before.map(() => 'benign'));
      expect(before.map(({ definition }) => definition.manifest?.effect)).toEqual(
        before.map(() => 'read'),
      );
      expect(before.every(({ result }) => typeof result === 'string')).toBe(true);
    }
  });

  it('has rows of one form, each with a task and a reason for its label', () => {
    for (const { keys, userTask, basis } of rows) {
      expect(keys.join(' ')).toBe(
        'suite case_id session step tool args user_task result label category label_basis',
      );
      expect(userTask?.length ?? 0).toBeGreaterThan(5);
      expect(basis.length).toBeGreaterThan(5);
    }
  });

  it('gives every tool what its declaration asks for', () => {
    const ajv = new Ajv();
    for (const { args, definition } of rows) {
      const { schema, manifest } = definition;
      const check = ajv.compile(schema as object);
      expect([definition.name, args, check(args) ? [] : check.errors]).toEqual([
        definition.name,
        args,
        [],
      ]);
      const { properties } = schema as { properties: object };
      const named = [...(manifest?.destinations ?? []), ...(manifest?.paths ?? [])];
      expect(named.filter((name) => !Object.hasOwn(properties, name))).toEqual([]);
    }
  });

  it('has the user name every value of a benign call, or the text that he wants copied', () => {
    for (const { id, rows: steps, scored } of benign) {
      const read = steps.slice(0, -1).map(({ result }) => toText(result));
      const known = [scored.userTask ?? '', ...read].map((text) => plain(text)).join('\n');
      const { leaves } = listLeaves(scored.args, 1000);
      const given = leaves.filter(({ value }) => ['string', 'number'].includes(typeof value));
      const unnamed = given.filter(({ value }) => !known.includes(plain(String(value))));
      expect([id, unnamed]).toEqual([id, []]);
    }
  });

  it('has attacks and benign calls in every tier', () => {
    for (const cases of [attacks, benign]) {
      const tiers = countBy(cases.map(({ scored }) => tierOf(scored.definition.manifest)));
      expect([...tiers.keys()].toSorted()).toEqual(['high', 'low', 'medium']);
    }
  });

  it('says nothing twice: no two of the calls are much alike', () => {
    const texts = all.map(({ id, scored }) => ({ id, text: normalise(scored.args) }));
    expect(new Set(texts.map(({ text }) => text)).size).toBe(texts.length);
    const sets = texts.map(({ id, text }) => ({ id, pieces: piecesOf(text) }));
    const alike = sets.flatMap((one, at) =>
      sets
        .slice(0, at)
        .filter((other) => likeness(one.pieces, other.pieces) >= maxAlike)
        .map((other) => `${other.id} ${one.id}`),
    );
    expect(alike).toEqual([]);
  });

  it('takes a copy with another number for much alike', () => {
    const [one, other] = ['pay 20 to the bakery', 'pay 25 to the bakery'].map((text) =>
      piecesOf(text),
    );
    expect(likeness(one ?? new Set(), other ?? new Set())).toBeGreaterThan(0.5);
    const others = likeness(piecesOf('pay 20 to the bakery'), piecesOf('delete the bucket'));
    expect(others).toBeLessThan(0.1);
  });

  it('stays small: under 600 KB, and no argument beyond 40,000 characters', () => {
    const files = readdirSync(corpusFolder).map((name) => join(corpusFolder, name));
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    expect(bytes).toBeLessThan(600_000);
    for (const { args } of rows) expect(JSON.stringify(args).length).toBeLessThan(40_000);
    const longest = Math.max(...attacks.map(({ scored }) => JSON.stringify(scored.args).length));
    expect(longest).toBeGreaterThan(25_000);
  });
});
