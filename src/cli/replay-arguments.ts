import { parseArgs } from 'node:util';
import type { Ring } from '../core/model/tool.ts';
import { toSpanMs } from '../core/rules/time-span.ts';

export interface ReplayArguments {
  readonly traces: readonly string[];
  readonly rules: string;
  readonly tools: string | undefined;
  readonly ring: Ring;
  readonly stepMs: number;
  readonly json: boolean;
}

export const replayUsage =
  'usage: ringfence replay TRACE.jsonl… --rules DIR [--tools TOOLS.json] [--ring 0..3] [--step 1s] [--json]';

/** What was asked for, or what is wrong with it. */
export function readReplayArguments(argv: readonly string[]): ReplayArguments | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        rules: { type: 'string' },
        tools: { type: 'string' },
        ring: { type: 'string', default: '1' },
        step: { type: 'string', default: '1s' },
        json: { type: 'boolean', default: false },
      },
    });
    const { rules, tools, json } = values;
    const ring = rings.get(values.ring);
    const stepMs = toStepMs(values.step);
    if (positionals.length === 0) return 'name at least one trace file';
    if (rules === undefined) return 'say which rules to replay under: `--rules DIR`';
    if (ring === undefined) return '`--ring`: expected 0, 1, 2 or 3';
    if (stepMs === undefined) return '`--step`: expected a time such as `500ms`, `1s` or `2m`';
    return { traces: positionals, rules, tools, ring, stepMs, json };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const rings: ReadonlyMap<string, Ring> = new Map([
  ['0', 0],
  ['1', 1],
  ['2', 2],
  ['3', 3],
]);

const maxStepMs = 86_400_000;

/** A millisecond to a day. */
function toStepMs(text: string): number | undefined {
  const ms = toSpanMs(text);
  return ms >= 1 && ms <= maxStepMs ? ms : undefined;
}
