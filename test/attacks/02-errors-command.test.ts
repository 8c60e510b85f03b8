import { describe, expect, it } from 'vitest';
import { decideWith, load } from '../core/rules/rule-calls.ts';

const rule = (approval: string) => ({
  name: approval,
  condition: { tool: 'shell', args: { command: { command: ['** ', '* **'] } } },
  approval,
});
const unreadable = [
  "ls '",
  'ls $(',
  'ls |',
  'if ls',
  '$x',
  'ls\0',
  'ls\r\n',
  5,
  null,
  [],
  ['ls', 1],
];

describe('attack class 2, an error means allow: commands', () => {
  it.for(unreadable)('%j is not approved by a rule that approves every command', (command) => {
    const set = load([rule('auto_approve')]);
    expect(decideWith(set, { tool: 'shell', args: { command: 'ls' } }).verdict).toBe('allow');
    expect(decideWith(set, { tool: 'shell', args: { command } }).verdict).toBe('deny');
  });

  it.for(unreadable)('%j triggers a rule that restricts another command', (command) => {
    for (const approval of ['deny', 'require_review']) {
      const other = {
        ...rule(approval),
        condition: { tool: 'shell', args: { command: { command: 'rm *' } } },
      };
      const set = load([rule('auto_approve'), other]);
      expect(decideWith(set, { tool: 'shell', args: { command: 'ls' } }).verdict).toBe('allow');
      expect(decideWith(set, { tool: 'shell', args: { command } })).toMatchObject({
        rule: approval,
      });
    }
  });
});
