import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

describe('docs/cli.md', () => {
  it.each([...commands.keys()])('tells of %s, and of its JSON', (name) => {
    const [, overview = ''] = page.split('# The command line');
    const [before = '', json = ''] = overview.split('\n## JSON\n');
    const cell = new RegExp(`^\\|[^|]*\`${name}[ \`]`, 'mu');
    expect(before).toMatch(cell);
    expect(json).toMatch(cell);
  });
});
