import { describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/hypervisor/supervised-tool.ts';
import type { Outcome } from '../../src/core/model/decision.ts';
import { toText, type Json, type JsonObject } from '../../src/core/model/json.ts';
import { z } from 'zod';
import { startBench } from '../support/harness.ts';
import {
  allow,
  answerAll,
  codeOf,
  countingTool,
  deny,
  review,
  ticketOf,
} from '../support/tools.ts';

const secret = 'hunter2-7f3a@corp.example';
const args = { to: secret, note: `pw ${secret}`, amount: 4242.42, list: [secret] };
/** How the secret parts of the arguments could be spelled, amounts in millionths too. */
const spelled = [secret, '4242', 'hunter2'];

function expectNoSecret(what: unknown): void {
  const text = typeof what === 'string' ? what : JSON.stringify(what);
  for (const each of spelled) expect(text).not.toContain(each);
}

/** The words that an agent gets to see. */
function wordsOf(outcome: Outcome<unknown>): string {
  try {
    unwrap(outcome);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
}

const pattern = 'internal-allowlist-9';
const rules: { readonly [what: string]: readonly Json[] } = {
  'a rule that denies': [deny('mail')],
  'a rule that asks': [review('mail')],
  'no rule': [],
  'a rule that nearly fits': [
    allow('mail', { args: { to: { prefix: pattern }, amount: { lte: 17 } } }),
  ],
  'a full limit': [allow('mail', { limits: [{ sum: 'args.amount', max: 17.5, per: 'day' }] })],
  'a limit that cannot be counted': [
    allow('mail', { limits: [{ sum: 'args.note', max: 17.5, per: 'day' }] }),
  ],
};

describe('class 16, leaks: nothing of the arguments, patterns and limits gets out', () => {
  it.each(Object.entries(rules))('into the reason of %s', async (_what, set) => {
    const { hypervisor, entries } = await startBench(set);
    const events: JsonObject[] = [];
    hypervisor.events.on('*', (event) => void events.push(event));
    const { attempt } = countingTool(hypervisor, 'mail');
    const outcome = await attempt(args, { waitMs: 0 });
    expect(outcome.status).not.toBe('done');
    const words = wordsOf(outcome);
    expectNoSecret(words);
    for (const own of [pattern, '17']) expect(words).not.toContain(own);
    expectNoSecret(await entries());
    expectNoSecret(events);
    expectNoSecret(await hypervisor.health());
  });

  it('into log lines and events: of a call that is allowed, limited by its arguments, and failed', async () => {
    const limits = [{ sum: 'args.amount', max: 1e6, per: 'day', by: ['args.to', 'agent'] }];
    const { hypervisor, entries, parts } = await startBench([allow('mail', { limits })]);
    const events: JsonObject[] = [];
    hypervisor.events.on('*', (event) => void events.push(event));
    const { attempt, runs } = countingTool(hypervisor, 'mail', {
      run: () => {
        throw new Error(`could not mail ${secret}`);
      },
    });
    expect(codeOf(await attempt(args))).toBe('failed');
    expect(runs).toHaveLength(1);
    expectNoSecret(await entries());
    expectNoSecret(events);
    const decided = (await entries()).find(({ type }) => type === 'call.decided');
    const sealed = await parts.vault.get(toText(decided?.['vault']));
    expect(JSON.stringify(sealed)).toContain(secret);
  });

  it('into what is said of arguments that do not parse', async () => {
    const { hypervisor, entries } = await startBench([allow('mail')]);
    const { tool } = countingTool(hypervisor, 'mail', {
      schema: z.strictObject({
        to: z.enum(['a', 'b']),
        amount: z.number().max(1),
        note: z.string().regex(/^x/),
      }),
    });
    const seat = hypervisor.seat('default');
    const bad = [
      { json: JSON.stringify(args) },
      { json: `{"to":"${secret}"` },
      { json: `{"to":"${secret}","to":"${secret}"}` },
      { json: `{"to":'${secret}'}` },
      { text: secret },
      { value: { to: new Map([[secret, 1]]), amount: Number.NaN } },
      { value: args },
    ];
    for (const given of bad) {
      const outcome = await hypervisor.submit({ tool: tool.name, args: given, seat }, () => 1);
      expect(codeOf(outcome)).toBe('ARGS_INVALID');
      expectNoSecret(outcome);
    }
    expectNoSecret(await entries());
  });

  it('into a schema, an action function or a supervisor that throws what it was given', async () => {
    const throws = (given: unknown): never => {
      throw new Error(JSON.stringify(given));
    };
    const bench = await startBench([{ ...allow('x'), condition: {} }], {
      supervisors: [{ name: 'throws', decide: async (call) => throws(call.args) }],
    });
    const { hypervisor } = bench;
    const counted = [
      countingTool(hypervisor, 'schema', { schema: z.any().refine(throws) }),
      countingTool(hypervisor, 'action', { action: throws }),
      countingTool(hypervisor, 'supervised'),
    ];
    for (const { attempt } of counted) expectNoSecret(await attempt(args));
    expectNoSecret(await bench.entries());
  });

  it('into the answers to a ticket', async () => {
    const { hypervisor, entries } = await startBench([review('mail')]);
    const { attempt, tool } = countingTool(hypervisor, 'mail');
    const ticket = ticketOf(await attempt(args, { waitMs: 0 }));
    await answerAll(hypervisor, 'ann', 'deny');
    expectNoSecret(await tool.resume(ticket));
    const wrong = { approvalId: 'x', fingerprint: 'x', verdict: 'allow' } as const;
    const person = await hypervisor.authenticate('ann');
    const error: unknown = await hypervisor.approvals
      .answer(ticket.approvalId, { ...wrong, person })
      .catch((cause: unknown) => cause);
    expectNoSecret(String(error));
    expectNoSecret(await entries());
  });

  it('the fingerprint is nowhere in the log: who guesses arguments could confirm them', async () => {
    const { hypervisor, entries } = await startBench([review('mail')]);
    const { attempt } = countingTool(hypervisor, 'mail');
    await attempt(args, { waitMs: 0 });
    const [pending] = await hypervisor.approvals.list();
    expect(JSON.stringify(await entries())).not.toContain(pending?.call.fingerprint);
    expect(pending?.call.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });
});
