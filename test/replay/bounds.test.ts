import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayFiles, type ReplayedCall } from '../../src/cli/replay-files.ts';
import { ruleSet } from '../support/harness.ts';
import { folderWith, row } from './trace.ts';

async function replay(lines: readonly string[], rule: { readonly [key: string]: number } = {}) {
  const rules = ruleSet([{ name: 'all', condition: { ...rule }, approval: 'auto_approve' }]);
  const calls: ReplayedCall[] = [];
  const file = join(await folderWith(lines), 'trace.jsonl');
  const [report] = await replayFiles([file], { rules, onCall: (call) => void calls.push(call) });
  return { report, calls };
}

const sessions = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, number) => row({ session: `s${number}` }));

describe('a long replay', () => {
  it('goes on through its generations, and begins a session anew that comes back too late', async () => {
    const late = [row({ session: 's1099', step: 1 }), row({ session: 's0', step: 1 })];
    const { report } = await replay([...sessions(1100), ...late]);
    expect(report).toMatchObject({ calls: 1102, sessions: 1101, verdicts: { allow: 1102 } });
  });

  it('counts limits over the whole file, whatever was dropped meanwhile', async () => {
    const { report } = await replay(sessions(1100), { max_per_day: 700 });
    expect(report?.verdicts).toEqual({ allow: 700, review: 0, deny: 400 });
  });

  it('takes a step that does not rise for the same session played again', async () => {
    const { report } = await replay([row(), row({ step: 1 }), row(), row({ step: 1 }), row()]);
    expect(report).toMatchObject({ calls: 5, sessions: 3 });
  });

  it('survives more undeclared tools than anybody has', async () => {
    const lines = Array.from({ length: 10_100 }, (_, at) => {
      return row({ session: `s${at % 7}`, step: at, tool: `tool_${at}` });
    });
    const { report } = await replay(lines);
    expect(report?.verdicts).toEqual({ allow: 10_100, review: 0, deny: 0 });
  });

  it('gives the same verdicts each time', async () => {
    const verdicts = async () => {
      const { calls } = await replay(sessions(600), { max_per_minute: 30 });
      return calls.map(({ decision: { verdict, code } }) => `${verdict} ${code}`);
    };
    expect(await verdicts()).toEqual(await verdicts());
  });
});
