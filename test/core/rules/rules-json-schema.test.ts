import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Json, isJsonArray, isJsonObject } from '../../../src/core/model/json.ts';
import { loadRules } from '../../../src/core/rules/load.ts';
import { toRulesJsonSchema } from '../../../src/core/rules/rules-json-schema.ts';
import { ruleFileSchema, ruleSchema } from '../../../src/core/rules/source.ts';

const root = join(import.meta.dirname, '../../..');
const shipped = readFileSync(join(root, 'rules/rules.schema.json'), 'utf8');
const schema = toRulesJsonSchema();
// zod writes patterns beside the formats, so that formats need no second package
const accepts = new Ajv({ strict: false, validateFormats: false }).compile(schema);
const ruleFiles = globSync('rules/**/*.json', { cwd: root }).filter(
  (file) => !/\.(?:schema|tests)\.json$|tools\.json$/.test(file),
);
const loads = (value: unknown) =>
  ruleFileSchema.extend({ rules: z.array(ruleSchema) }).safeParse(value).success;

function parse(text: string): Json {
  return z.json().parse(JSON.parse(text));
}

/** Every way to spoil one place: a key more, a key less, another type, a value of its kind that is out of range. */
function* spoilt(value: Json): Generator<Json> {
  for (const junk of [null, true, -1, 1.5, '', 'x', [], {}, ['x'], { x: 1 }, { eq: 1 }]) yield junk;
  if (isJsonArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const other of spoilt(item)) yield value.with(index, other);
    }
  } else if (isJsonObject(value)) {
    yield { ...value, unheard_of: 1 };
    for (const [key, item] of Object.entries(value)) {
      const rest = Object.entries(value).filter(([other]) => other !== key);
      yield Object.fromEntries(rest);
      yield Object.fromEntries([...rest, [`${key}x`, item]]);
      for (const other of spoilt(item)) yield { ...value, [key]: other };
    }
  }
}

describe('the JSON Schema of rules', () => {
  it('is the one that is shipped (`npm run schema` writes it)', () => {
    expect(shipped).toBe(`${JSON.stringify(schema, undefined, 2)}\n`);
  });

  it.each(ruleFiles)('accepts %s, whose `$schema` leads to it', (file) => {
    const content = parse(readFileSync(join(root, file), 'utf8'));
    expect(accepts(content), JSON.stringify(accepts.errors)).toBe(true);
    const link = isJsonObject(content) ? content['$schema'] : undefined;
    expect(resolve(root, dirname(file), typeof link === 'string' ? link : '')).toBe(
      join(root, 'rules/rules.schema.json'),
    );
  });

  it('accepts and refuses what the loader does, however a full file is spoilt', () => {
    const page = readFileSync(join(root, 'docs/rules.md'), 'utf8');
    const examples = Array.from(
      page.matchAll(/```json\n([^`]*"rules"[^`]*)```/g),
      ([, text = '']) => parse(text),
    );
    expect(examples.length).toBeGreaterThan(1);
    const seen = { accepted: 0, refused: 0 };
    const differing: unknown[] = [];
    for (const example of examples) {
      expect(accepts(example)).toBe(true);
      for (const other of spoilt(example)) {
        const wanted = loads(other);
        if (accepts(other) !== wanted) differing.push({ wanted, other });
        seen[wanted ? 'accepted' : 'refused'] += 1;
      }
    }
    expect(differing).toEqual([]);
    expect(seen.accepted).toBeGreaterThan(100);
    expect(seen.refused).toBeGreaterThan(500);
  });

  it.each([
    { args: { a: {} } },
    { args: { a: { length: {} } } },
    { args: { a: { command: {} } } },
    { args: { a: { allow_unknown: true } } },
    { destinations: {} },
    { session: {} },
    { session: { user_said: {} } },
    { after: {} },
    { after: { within: '5m' } },
  ])('refuses %j, as the loader does', (condition) => {
    const rules = [{ name: 'r', condition, approval: 'deny' }];
    expect(loadRules([{ name: 'r.json', text: JSON.stringify({ rules }) }]).ok).toBe(false);
    expect(accepts({ rules })).toBe(false);
  });

  it('says for every key what it means, for editors to show', () => {
    const silent: string[] = [];
    const walk = (node: Json | undefined, path: string): void => {
      if (isJsonArray(node)) node.forEach((each) => walk(each, path));
      if (!isJsonObject(node)) return;
      for (const [keyword, below] of Object.entries(node)) {
        if (keyword !== 'properties' || !isJsonObject(below)) walk(below, path);
        else {
          for (const [key, property] of Object.entries(below)) {
            const words = isJsonObject(property) ? property['description'] : undefined;
            if (typeof words !== 'string') silent.push(`${path}.${key}`);
            walk(property, `${path}.${key}`);
          }
        }
      }
    };
    walk(schema, '');
    expect(silent, 'write them down in src/core/rules/key-docs.ts').toEqual([]);
  });
});
