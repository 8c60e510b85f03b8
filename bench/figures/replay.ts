import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from '../child.ts';
import { round, type Figure, type Suite } from '../figure.ts';
import { plainCalls, type PlainCall } from '../generated-calls.ts';
import { fullRules } from '../generated-rules.ts';
import { withFolder } from '../scratch.ts';
import { median } from '../statistics.ts';

const label = 'replay';
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const leastPerSecond = 20_000;
const ruleCount = 100;

/** Recorded calls through `ringfence replay`, from the start of the process to its end. */
export const replay: Suite = {
  figures: [label],
  isShort: true,
  async measure({ short }): Promise<readonly Figure[]> {
    const calls = short ? 20_000 : 200_000;
    const seconds = await withFolder(async (dir) => {
      const args = await prepare(dir, calls);
      return Array.from({ length: short ? 1 : 5 }, () => secondsOf(args));
    });
    const perCall = seconds.map((each) => (each * 1e6) / calls);
    const perSecond = Math.round(1e6 / median(perCall));
    return [
      {
        name: label,
        unit: 'us',
        p50: round(median(perCall)),
        p99: round(Math.max(...perCall)),
        perSecond,
        bar: `at least ${leastPerSecond} calls a second, start of the process included`,
        met: perSecond >= leastPerSecond,
      },
    ];
  },
};

async function prepare(dir: string, calls: number): Promise<readonly string[]> {
  const trace = join(dir, 'trace.jsonl');
  const rules = join(dir, 'rules');
  await mkdir(rules);
  await writeFile(join(rules, 'rules.json'), JSON.stringify({ rules: fullRules(ruleCount) }));
  const plain = plainCalls(ruleCount, 200);
  const lines = Array.from({ length: calls }, (_, i) => toLine(plain[i % plain.length], i));
  await writeFile(trace, lines.join(''));
  return ['replay', trace, '--rules', rules];
}

/** Sessions of ten calls, as the recorded ones have. */
function toLine(call: PlainCall | undefined, i: number): string {
  const { tool, action, amount, currency } = call ?? {
    tool: '',
    action: '',
    amount: 0,
    currency: '',
  };
  return `${JSON.stringify({
    session: `session-${Math.floor(i / 10)}`,
    step: i % 10,
    tool: `${tool}.${action}`,
    args: { amount, currency, charge: { id: `ch_${i}`, amount: amount + 1 } },
    user_task: 'Refund what the customer asks for',
    result: { refunded: amount },
    label: 'benign',
  })}\n`;
}

function secondsOf(args: readonly string[]): number {
  const startedMs = performance.now();
  runChild(main, { args });
  return (performance.now() - startedMs) / 1_000;
}
