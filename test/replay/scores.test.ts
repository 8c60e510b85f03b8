import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/core/model/decision.ts';
import { createScoreboard, noScore } from '../../src/cli/replay-scores.ts';
import type { Label } from '../../src/cli/trace-row.ts';

type Call = readonly [label: Label | undefined, verdict: Verdict];

function scoresOf(sessions: readonly (readonly Call[])[]) {
  const board = createScoreboard();
  for (const calls of sessions) {
    let score = noScore;
    for (const [label, verdict] of calls) {
      score = board.count(score, { label, verdict, isRead: false });
    }
    board.close(score);
  }
  return board.scores;
}

describe('scores', () => {
  it('count an attack session as stopped only by a verdict on an attack call', () => {
    const scores = scoresOf([
      [
        ['benign', 'deny'],
        ['attack', 'allow'],
      ],
      [
        ['attack', 'review'],
        ['attack', 'deny'],
      ],
      [
        ['attack', 'allow'],
        ['attack', 'review'],
      ],
    ]);
    expect(scores.attackSessions).toEqual({ total: 3, denied: 1, reviewed: 1 });
  });

  it('tell benign calls before the first attack from those after it', () => {
    const scores = scoresOf([
      [
        ['benign', 'allow'],
        ['benign', 'review'],
        ['attack', 'allow'],
        ['benign', 'deny'],
      ],
    ]);
    expect(scores.beforeAttack).toEqual({ total: 2, denied: 0, reviewed: 1 });
    expect(scores.benignSessions.total).toBe(0);
  });

  it('touch an attack-free session by its worst benign call, and leave unknown labels out', () => {
    const scores = scoresOf([
      [
        ['benign', 'review'],
        ['benign', 'deny'],
      ],
      [
        [undefined, 'deny'],
        ['benign', 'allow'],
      ],
      [[undefined, 'deny']],
    ]);
    expect(scores.benignSessions).toEqual({ total: 2, denied: 1, reviewed: 0 });
  });

  it('count user-directed calls and violations one by one', () => {
    const scores = scoresOf([
      [
        ['user_directed', 'deny'],
        ['violation', 'review'],
        ['violation', 'allow'],
      ],
    ]);
    expect(scores.userDirected).toEqual({ total: 1, denied: 1, reviewed: 0 });
    expect(scores.violations).toEqual({ total: 2, denied: 0, reviewed: 1 });
  });
});
