import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { Command, MemorySaver } from '@langchain/langgraph';
import { createAgent, FakeToolCallingModel } from 'langchain';
import { z } from 'zod';
import type { Seat } from '../../../src/core/model/call.ts';
import type { Json } from '../../../src/core/model/json.ts';
import {
  supervisionMiddleware,
  type MiddlewareOptions,
} from '../../../adapters/langchain/index.ts';
import { startBench } from '../../support/harness.ts';
import { read } from './world.ts';

export interface AskedReview {
  readonly approvalId: string;
  readonly fingerprint: string;
}
interface State {
  readonly messages: readonly object[];
  readonly __interrupt__?: readonly { readonly value?: AskedReview }[];
}
export interface Turn {
  readonly told: readonly ToolMessage[];
  readonly reviews: readonly AskedReview[];
}
export type Asked = readonly { readonly name: string; readonly id: string; readonly to: string }[];

/** An agent with the tools `mail` and `pay`, its checkpointer and everything of ours in memory. */
export async function startAgent(
  rules: readonly Json[],
  options: Partial<MiddlewareOptions> & { readonly checkpointer?: MemorySaver | false } = {},
) {
  const { checkpointer = new MemorySaver(), ...given } = options;
  const bench = await startBench(rules);
  const { hypervisor } = bench;
  const clerk = await hypervisor.agents.register({ id: 'clerk' });
  const session = await hypervisor.sessions.open({ user: 'bob' });
  const seat: Seat = await session.join(clerk);
  const ran: string[] = [];
  const make = (name: string) =>
    tool(
      async ({ to }) => {
        ran.push(`${name} ${to}`);
        return `${name} done`;
      },
      { name, description: name, schema: z.object({ to: z.string() }) },
    );
  const ours = supervisionMiddleware(hypervisor, {
    seat: () => seat,
    manifests: { mail: read, pay: read },
    review: 'interrupt',
    ...given,
  });
  /** The scripted model numbers its messages, so that it must go on where it stopped. */
  let past: readonly Asked[] = [];
  const agentFor = (turns: readonly Asked[]) => {
    const calls = [...past, ...turns].map((turn) =>
      turn.map(({ to, ...call }) => ({ ...call, args: { to } })),
    );
    return createAgent({
      model: new FakeToolCallingModel({ toolCalls: [...calls, []], index: past.length }),
      tools: [make('mail'), make('pay')],
      middleware: [ours],
      ...(checkpointer === false ? {} : { checkpointer }),
    });
  };
  const toTurn = ({ messages, __interrupt__: interrupts = [] }: State): Turn => ({
    told: messages.filter((message) => ToolMessage.isInstance(message)),
    reviews: interrupts.flatMap(({ value }) => (value === undefined ? [] : [value])),
  });
  const config = { configurable: { thread_id: 'thread-1' } };
  let agent = agentFor([]);
  return {
    bench,
    ran,
    session,
    async ask(...turns: readonly Asked[]): Promise<Turn> {
      agent = agentFor(turns);
      past = [...past, ...turns, []];
      return toTurn((await agent.invoke({ messages: [new HumanMessage('go')] }, config)) as State);
    },
    resume: async (resume: unknown): Promise<Turn> =>
      toTurn((await agent.invoke(new Command({ resume }), config)) as State),
    async answer(verdict: 'allow' | 'deny', only?: string): Promise<void> {
      const person = await hypervisor.authenticate('ann');
      for (const { approvalId, call } of await hypervisor.approvals.list()) {
        if (only !== undefined && JSON.stringify(call.args) !== JSON.stringify({ to: only }))
          continue;
        const { fingerprint } = call;
        await hypervisor.approvals.answer(approvalId, { verdict, person, fingerprint });
      }
    },
  };
}

export const ruleFor = (tool: string, approval: string) => ({
  name: `rule_${tool}`,
  condition: { tool },
  approval,
});
export const supervisionOf = (message: ToolMessage | undefined): unknown =>
  message?.additional_kwargs['supervision'];
