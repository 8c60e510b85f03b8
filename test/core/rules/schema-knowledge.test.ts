import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ToolDefinition } from '../../../src/core/model/tool.ts';
import { knowledgeOf } from '../../../src/core/rules/schema-knowledge.ts';

const knows = (schema: ToolDefinition['schema'], ...path: string[]) =>
  knowledgeOf({ name: 't', description: '', ...(schema === undefined ? {} : { schema }) }, path);

describe('what a schema says of an argument that is not there', () => {
  const nested = z.object({
    to: z.object({ name: z.string().optional() }).optional(),
    tags: z.array(z.string()),
  });

  it('knows what it names, at every depth, and in any branch', () => {
    expect(knows(nested, 'to')).toBe('known');
    expect(knows(nested, 'to', 'name')).toBe('known');
    expect(knows(nested, 'tags', '0')).toBe('known');
    expect(knows(z.union([z.object({ a: z.number() }), z.object({ b: z.number() })]), 'b')).toBe(
      'known',
    );
  });

  it('excludes what a closed schema does not name', () => {
    expect(knows(nested, 'from')).toBe('impossible');
    expect(knows(nested, 'to', 'street')).toBe('impossible');
    expect(knows(z.strictObject({}), 'a')).toBe('impossible');
    expect(knows(z.union([z.object({ a: z.number() }), z.object({ b: z.number() })]), 'c')).toBe(
      'impossible',
    );
  });

  it('does not know where the schema is open, missing, or cannot be written down', () => {
    expect(knows(undefined, 'a')).toBe('unknown');
    expect(knows(z.looseObject({}), 'a')).toBe('unknown');
    expect(knows(z.record(z.string(), z.number()), 'a')).toBe('unknown');
    expect(knows(z.object({ a: z.date() }), 'b')).toBe('unknown');
    expect(knows({ type: 'object', properties: {} }, 'a')).toBe('unknown');
    expect(knows({ type: 'object', $ref: '#/$defs/x', additionalProperties: false }, 'a')).toBe(
      'unknown',
    );
    expect(knows(true, 'a')).toBe('unknown');
  });
});
