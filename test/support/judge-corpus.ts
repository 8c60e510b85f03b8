import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTools, findToolList } from '../../src/cli/trace-tools.ts';
import { parseRow, type TraceRow } from '../../src/cli/trace-row.ts';
import type { ToolDefinition } from '../../src/core/model/tool.ts';

export const corpusFolder = join(import.meta.dirname, '../../bench/judge-corpus');
export const corpusFiles = { attack: 'attacks.jsonl', benign: 'benign.jsonl' } as const;
export type CorpusLabel = keyof typeof corpusFiles;

/** A session of the corpus: reads, and then the call that counts. */
export interface CorpusCase {
  readonly id: string;
  readonly label: CorpusLabel;
  readonly category: string;
  readonly rows: readonly CorpusRow[];
  /** The last row. */
  readonly scored: CorpusRow;
}

export interface CorpusRow extends TraceRow {
  readonly tool: string;
  readonly definition: ToolDefinition;
  /** The keys of the line, as they stand. */
  readonly keys: readonly string[];
  readonly basis: string;
}

/** All cases of one file, in its order; throws for a line that replay could not read. */
export function readCorpus(label: CorpusLabel): readonly CorpusCase[] {
  const lists = parseTools('tools.json', readFileSync(join(corpusFolder, 'tools.json'), 'utf8'));
  const text = readFileSync(join(corpusFolder, corpusFiles[label]), 'utf8');
  const cases = new Map<string, { category: string; rows: CorpusRow[] }>();
  for (const line of text.trimEnd().split('\n')) {
    const parsed = parseRow(line);
    if (!parsed.ok) throw new Error(`${parsed.problem}: ${line.slice(0, 80)}`);
    const { row } = parsed;
    const oracle: Record<string, string> = JSON.parse(line);
    const { case_id: id = '', category = '', label_basis: basis = '' } = oracle;
    const definition = findToolList(lists, row.suite)?.tools.get(row.tool);
    if (definition === undefined) throw new Error(`${id}: no tool ${row.suite} ${row.tool}`);
    const kept = cases.get(id) ?? { category, rows: [] };
    kept.rows.push({ ...row, definition, basis, keys: Object.keys(oracle) });
    cases.set(id, kept);
  }
  return [...cases].map(([id, { category, rows }]) => {
    const scored = rows.at(-1);
    if (scored === undefined) throw new Error(`${id}: no rows`);
    return { id, label, category, rows, scored };
  });
}

/** Both files. */
export function readWholeCorpus(): readonly CorpusCase[] {
  return [...readCorpus('attack'), ...readCorpus('benign')];
}
