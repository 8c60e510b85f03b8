import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/model/json.ts';
import { levelOf, logToPino, type EventSource } from '../../src/observe/pino.ts';

/** Events as a hypervisor gives them: the name in the event, and `*` for all. */
function createSource(): EventSource & { emit(name: string, event: JsonObject): void } {
  const listeners = new Set<(event: JsonObject) => void>();
  return {
    emit: (name, event) => listeners.forEach((listener) => listener({ ...event, name })),
    events: {
      on(name, listener) {
        expect(name).toBe('*');
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  };
}

async function logged(...events: [string, JsonObject][]): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  const logger = pino({ level: 'trace', base: null }, { write: (line) => void lines.push(line) });
  const source = createSource();
  const stop = await logToPino(source, logger);
  for (const [name, event] of events) source.emit(name, event);
  stop();
  source.emit('call.refused', {});
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('events as log lines', () => {
  it('gives each event its level', async () => {
    const names = [
      'rules.rejected',
      'rules.unwatched',
      'call.refused',
      'security.agent_killed',
      'call.decided',
    ];
    const lines = await logged(...names.map((name): [string, JsonObject] => [name, {}]));
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [50, 'rules.rejected'],
      [50, 'rules.unwatched'],
      [30, 'call.refused'],
      [40, 'security.agent_killed'],
      [20, 'call.decided'],
    ]);
  });

  it('writes names and codes, and never arguments, results or unknown fields', async () => {
    const secret = 'sk-secret';
    const [line] = await logged([
      'call.refused',
      {
        tool: 'mail',
        code: 'RULE_DENIED',
        reason: 'a rule denies the call',
        args: { token: secret },
        arguments: secret,
        result: secret,
        error: secret,
        somethingNew: secret,
      },
    ]);
    expect(line).toMatchObject({
      event: 'call.refused',
      tool: 'mail',
      code: 'RULE_DENIED',
      reason: 'a rule denies the call',
    });
    expect(JSON.stringify(line)).not.toContain(secret);
  });

  it('bounds what it writes of a field', async () => {
    const [line] = await logged(['rules.loosened', { loosened: Array(1000).fill('x'.repeat(99)) }]);
    expect(JSON.stringify(line).length).toBeLessThan(1000);
  });

  it.each([
    ['disk.failed', 'error'],
    ['security.something_new', 'warn'],
    ['constructor', 'info'],
    ['saga.finished', 'info'],
  ])('takes %s, which it does not know, for %s', (name, level) => {
    expect(levelOf(name)).toBe(level);
  });
});
