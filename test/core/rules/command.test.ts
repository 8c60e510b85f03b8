import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileCommand } from '../../../src/core/rules/command.ts';
import { verdictOf } from '../../../src/core/rules/compiled-rule.ts';
import { predicatesSchema } from '../../../src/core/rules/source.ts';

const vectors = z
  .array(
    z.strictObject({
      command: z.json(),
      patterns: z.unknown(),
      rule: z.enum(['deny', 'require_review', 'auto_approve']),
      expect: z.union([z.boolean(), z.literal('error')]),
      why: z.string(),
    }),
  )
  .parse(JSON.parse(readFileSync('test/cases/shell/commands.json', 'utf8')));

describe('command, by vectors', () => {
  it('has at least 150 of them', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(150);
  });

  it.for(vectors)('$rule $command: $why', ({ command, patterns, rule, expect: wanted }) => {
    const { command: source } = predicatesSchema.parse({ command: patterns });
    if (source === undefined) throw new Error('no pattern');
    expect(compileCommand(source, verdictOf[rule])(command)).toBe(wanted);
  });
});
