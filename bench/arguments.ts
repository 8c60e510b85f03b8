import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** One line of JSON a figure, and nothing else, on stdout. */
  readonly json: boolean;
  /** Fewer rounds, only what ends within seconds, no installing: for CI. */
  readonly short: boolean;
  /** Suites and figures whose name holds this text (or matches it, with `*`). */
  readonly only: string | undefined;
}

/** Reads `--json`, `--short` and `--only PATTERN`; throws on anything else. `--only short` is `--short`. */
export function parseBenchArguments(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      only: { type: 'string' },
    },
  });
  const { json, only } = values;
  if (only === 'short') return { json, short: true, only: undefined };
  return { json, short: values.short, only };
}

/** Whether a group of figures, by the beginning of their names, may hold one that is asked for. */
export function mayHoldWanted(beginning: string, only: string | undefined): boolean {
  return isWanted(beginning, only) || (only ?? '').startsWith(`${beginning}.`);
}

/** Whether a name is asked for: it holds the pattern, where `*` stands for any text. */
export function isWanted(name: string, only: string | undefined): boolean {
  if (only === undefined) return true;
  const parts = only.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/gu, '\\$&'));
  return new RegExp(parts.join('.*'), 'u').test(name);
}
