import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCodes, isErrorCode } from '../src/core/model/errors.ts';

interface Row {
  readonly code: string;
  readonly meaning: string;
  readonly remedy: string;
}

const lines = readFileSync(join(import.meta.dirname, '../docs/errors.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'));

function readRow(line: string): Row {
  const [, code = '', meaning = '', remedy = ''] = line.split('|').map((cell) => cell.trim());
  return { code: code.replaceAll('`', ''), meaning, remedy };
}

describe('docs/errors.md', () => {
  it('lists the codes of the source, each once, with the same words', () => {
    const rows = lines.map(readRow);
    expect(rows).toHaveLength(Object.keys(errorCodes).length);
    const documented = Object.fromEntries(rows.map(({ code, meaning }) => [code, meaning]));
    expect(documented).toEqual(errorCodes);
  });

  it('says for each what to do', () => {
    const silent = lines.map(readRow).filter(({ remedy }) => remedy.length < 10);
    expect(silent).toEqual([]);
  });
});

describe('isErrorCode', () => {
  it('knows every code and no member of the prototype', () => {
    for (const code of Object.keys(errorCodes)) expect(isErrorCode(code)).toBe(true);
    for (const code of ['constructor', 'toString', '__proto__', 'rules_invalid', '']) {
      expect(isErrorCode(code)).toBe(false);
    }
  });
});
