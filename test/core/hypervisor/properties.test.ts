import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOpenCalls } from '../../../src/core/audit/open-calls.ts';
import type { KillScope } from '../../../src/core/model/call.ts';
import type { Outcome, Ticket } from '../../../src/core/model/decision.ts';
import type { Json } from '../../../src/core/model/json.ts';
import { toText } from '../../../src/core/model/json.ts';
import { settle, startBench } from '../../support/harness.ts';
import { answerAll, codeOf, countingTool, type CountingTool } from '../../support/tools.ts';

const tools = ['mail', 'pay', 'note'] as const;
const agents = ['ann', 'bot', 'cat'] as const;

const rule = fc.record({
  tool: fc.constantFrom(...tools, undefined),
  agent: fc.constantFrom(...agents, undefined, undefined, undefined, undefined),
  approval: fc.constantFrom(
    'auto_approve',
    'auto_approve',
    'auto_approve',
    'require_review',
    'require_review',
    'deny',
  ),
  max: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  amount: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
});
type Rule = typeof rule extends fc.Arbitrary<infer T> ? T : never;

function toRules(rules: readonly Rule[]): readonly Json[] {
  return rules.map(({ tool, agent, approval, max, amount }, index) => ({
    name: `rule_${index}`,
    condition: {
      ...(tool === undefined ? {} : { tool }),
      ...(agent === undefined ? {} : { agent }),
      ...(max === undefined ? {} : { max_per_hour: max }),
      ...(amount === undefined ? {} : { args: { n: { lte: amount } } }),
    },
    approval,
  }));
}

const scope = fc.constantFrom<KillScope>(
  'all',
  { tool: 'mail' },
  { agent: 'bot' },
  { session: 's1' },
);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      tool: fc.constantFrom(...tools),
      agent: fc.constantFrom(...agents),
      session: fc.constantFrom('s1', 's2'),
      n: fc.integer({ min: 0, max: 6 }),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rules' as const), rules: fc.array(rule) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      verdict: fc.constantFrom('allow', 'allow', 'deny'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('resume' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), scope }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revive' as const), scope }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('time' as const),
      jump: fc.integer({ min: -7_200_000, max: 7_200_000 }),
      pass: fc.integer({ min: 0, max: 4_000_000 }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Plays a history through the real pipeline, step by step. */
async function play(rules: readonly Rule[], steps: readonly Step[]) {
  const bench = await startBench(toRules(rules), {
    rates: { 2: { perSecond: 1000, burst: 1000 } },
  });
  const { hypervisor, clock } = bench;
  const byId = new Map<string, number>();
  const counted = new Map(
    tools.map((name) => {
      const run = (_args: unknown, { idempotencyKey }: { idempotencyKey: string }): number => {
        byId.set(idempotencyKey, (byId.get(idempotencyKey) ?? 0) + 1);
        return 1;
      };
      return [name, countingTool(hypervisor, name, { run })];
    }),
  );
  const find = (name: (typeof tools)[number]): CountingTool => {
    const found = counted.get(name);
    if (found === undefined) throw new Error(name);
    return found;
  };
  for (const id of agents) await hypervisor.agents.register({ id });
  const person = await hypervisor.authenticate('judge');
  const tickets: { tool: (typeof tools)[number]; ticket: Ticket }[] = [];
  const outcomes: Outcome<unknown>[] = [];

  const call = async (asked: Extract<Step, { do: 'call' }>): Promise<void> => {
    const { tool, agent, session, n, times } = asked;
    const seat = hypervisor.seat(agent, session);
    const { attempt } = find(tool);
    const attempts = Array.from({ length: times }, () => attempt({ n }, { seat, waitMs: 0 }));
    for (const outcome of await Promise.all(attempts)) {
      outcomes.push(outcome);
      if (outcome.status === 'pending') tickets.push({ tool, ticket: outcome.ticket });
    }
  };
  const act = async (asked: Step): Promise<void> => {
    switch (asked.do) {
      case 'call':
        return call(asked);
      case 'rules':
        return bench.setRules(toRules(asked.rules));
      case 'answer':
        return answerAll(hypervisor, 'judge', asked.verdict === 'deny' ? 'deny' : 'allow');
      case 'resume':
        for (const { tool, ticket } of tickets.slice(-4)) {
          outcomes.push(await find(tool).tool.resume(ticket));
        }
        return;
      case 'kill':
        return hypervisor.killSwitch.kill(asked.scope, 'property');
      case 'revive':
        return hypervisor.killSwitch.revive(asked.scope, person);
      case 'time':
        clock.jump(asked.jump);
        clock.advance(asked.pass);
        return;
    }
  };
  for (const asked of steps) await act(asked);
  await settle();
  return { bench, byId, outcomes };
}

describe('any history of rules, calls, approvals, kills and clocks', () => {
  it('a refused call never runs, a done one ran once, and each started call ends once', async () => {
    let ran = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(rule, { minLength: 1, maxLength: 4 }),
        fc.array(step, { minLength: 4, maxLength: 25, size: 'large' }),
        async (rules, steps) => {
          const { bench, byId, outcomes } = await play(rules, steps);
          const done = new Set(
            outcomes.flatMap((each) => (each.status === 'done' ? [each.callId] : [])),
          );
          for (const [id, times] of byId) expect([times, done.has(id)]).toEqual([1, true]);
          for (const id of done) expect(byId.get(id)).toBe(1);
          ran += done.size;

          const entries = await bench.entries();
          const calls = createOpenCalls();
          expect(entries.map(calls.apply).filter(Boolean)).toEqual([]);
          expect(calls.open()).toEqual([]);
          const allowed = entries.filter(
            ({ type, verdict }) => type === 'call.decided' && verdict === 'allow',
          );
          const ids = allowed.map(({ call }) => toText(call));
          expect(new Set(ids).size).toBe(ids.length);
          for (const id of byId.keys()) expect(ids).toContain(id);
        },
      ),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 100) },
    );
    expect(ran).toBeGreaterThan(20);
  });

  it('an added deny rule or supervisor never turns a refusal into a run', async () => {
    const calls = fc.array(
      fc.record({
        tool: fc.constantFrom(...tools),
        agent: fc.constantFrom(...agents),
        n: fc.integer({ min: 0, max: 6 }),
      }),
      { maxLength: 8 },
    );
    // without limits: what one call is refused for, the next one may use
    const plain = rule.map((each) => ({ ...each, max: undefined }));
    const added = plain.map((each) => ({ ...each, approval: 'deny' as const }));
    const verdict = fc.constantFrom('allow' as const, 'deny' as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(plain, { maxLength: 5 }),
        added,
        verdict,
        calls,
        async (rules, extra, says, wanted) => {
          const supervisor = {
            name: 'added',
            decide: async () => ({ verdict: says, by: 'added', code: 'ADDED', reason: 'added' }),
          };
          const runIn = async (
            set: readonly Rule[],
            supervisors: readonly (typeof supervisor)[] = [],
          ): Promise<readonly string[]> => {
            const { hypervisor } = await startBench(toRules(set), { supervisors });
            const counted = tools.map((name) => countingTool(hypervisor, name));
            for (const id of agents) await hypervisor.agents.register({ id });
            const codes: string[] = [];
            for (const { tool, agent, n } of wanted) {
              const seat = hypervisor.seat(agent);
              const outcome = await counted[tools.indexOf(tool)]?.attempt(
                { n },
                { seat, waitMs: 0 },
              );
              if (outcome !== undefined) codes.push(codeOf(outcome));
            }
            return codes;
          };
          const before = await runIn(rules);
          for (const after of [await runIn([...rules, extra]), await runIn(rules, [supervisor])]) {
            const opened = after.filter(
              (code, index) => code === 'done' && before[index] !== 'done',
            );
            expect(opened).toEqual([]);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
