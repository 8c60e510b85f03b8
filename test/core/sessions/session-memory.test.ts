import { describe, expect, it } from 'vitest';
import {
  createSessionMemory,
  defaultMemoryLimits,
} from '../../../src/core/sessions/session-memory.ts';

describe('the memory of a session', () => {
  it('keeps what it was told, in order, and says that nothing is missing', () => {
    const memory = createSessionMemory();
    memory.observe({ role: 'user', text: 'refund order 17' });
    memory.recordResult({ origin: 'untrusted', text: 'a page', tool: 'web', callId: 'c1' });
    expect(memory.memories.map(({ text }) => text)).toEqual(['refund order 17', 'a page']);
    expect(memory.overflowed).toBe(false);
  });

  it('never keeps more text than its bound, and always the newest', () => {
    const memory = createSessionMemory({ ...defaultMemoryLimits, maxChars: 100 });
    for (let i = 0; i < 1000; i += 1) {
      memory.observe({ role: 'user', text: `text ${i}` });
      const kept = memory.memories.map(({ text }) => text);
      expect(kept.join('').length).toBeLessThanOrEqual(100);
      expect(kept.at(-1)).toBe(`text ${i}`);
    }
    expect(memory.overflowed).toBe(true);
  });

  it('bounds how many texts it keeps, however short they are', () => {
    const memory = createSessionMemory({ ...defaultMemoryLimits, maxMemories: 8 });
    for (let i = 0; i < 100; i += 1) memory.observe({ role: 'user', text: '' });
    expect(memory.memories.length).toBeLessThanOrEqual(8);
    expect(memory.overflowed).toBe(true);
  });

  it('cuts one text that is longer than the bound, and says so', () => {
    const memory = createSessionMemory({ ...defaultMemoryLimits, maxChars: 10 });
    memory.observe({ role: 'user', text: 'x'.repeat(50) });
    expect(memory.memories.map(({ text }) => text)).toEqual(['x'.repeat(10)]);
    expect(memory.overflowed).toBe(true);
  });

  it('keeps the last calls only', () => {
    const memory = createSessionMemory({ ...defaultMemoryLimits, maxCalls: 3 });
    for (const callId of ['a', 'b', 'c', 'd']) {
      memory.recordCall({ callId, tool: 't', action: 'run', verdict: 'allow', status: 'done' });
    }
    expect(memory.history.map(({ callId }) => callId)).toEqual(['b', 'c', 'd']);
  });

  it('changes nothing of a history that it gave away', () => {
    const memory = createSessionMemory();
    const past = { tool: 't', action: 'run', verdict: 'allow' } as const;
    memory.recordCall({ ...past, callId: 'a', status: 'released' });
    const given = memory.history;
    expect(memory.history).toBe(given);
    memory.recordCall({ ...past, callId: 'b', status: 'done' });
    memory.recordCall({ ...past, callId: 'a', status: 'done' });
    expect(given.map(({ callId, status }) => [callId, status])).toEqual([['a', 'released']]);
    expect(memory.history.map(({ callId }) => callId)).toEqual(['b', 'a']);
    expect(Object.isFrozen(memory.history) && Object.isFrozen(memory.history[0])).toBe(true);
  });

  it('keeps the last call of each tool and action in the order of time', () => {
    const memory = createSessionMemory({ ...defaultMemoryLimits, maxTools: 2 });
    const ran = { definition: { name: 't', description: '' }, atMs: 1 };
    const record = (callId: string, tool: string, action = 'run') =>
      memory.recordCall({ callId, tool, action, verdict: 'allow', status: 'done' }, ran);
    const names = () => memory.knowledge.calls.map(({ callId }) => callId);
    for (const [callId, tool] of [
      ['a', 's'],
      ['b', 't'],
      ['c', 's'],
    ] as const)
      record(callId, tool);
    expect(names()).toEqual(['b', 'c']);
    expect(memory.overflowed).toBe(false);
    const given = memory.knowledge.calls;
    // thousands of rules may ask for it at one call
    expect(memory.knowledge.calls).toBe(given);
    record('d', 't', 'other');
    expect(names()).toEqual(['c', 'd']);
    expect(given.map(({ callId }) => callId)).toEqual(['b', 'c']);
    expect(memory.overflowed).toBe(true);
  });
});
