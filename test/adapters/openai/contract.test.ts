import {
  createOpenAIGuard,
  type Answers,
  type ToolMessage,
} from '../../../adapters/openai/index.ts';
import {
  adapterContract,
  type AdapterUnderTest,
  type ContractCall,
  type ContractTool,
  type ContractTurn,
} from '../../contracts/adapter-contract.ts';

type Guard = ReturnType<typeof createOpenAIGuard>;

const toManifests = (tools: readonly ContractTool[]) =>
  Object.fromEntries(tools.map(({ name, manifest }) => [name, manifest]));

const toFunction = ({ name, description, schema: parameters, run }: ContractTool) => ({
  name,
  description,
  parameters,
  parse: (text: string): unknown => JSON.parse(text),
  function: run,
});

const open: AdapterUnderTest['open'] = async ({ bench, seat, tools }) => {
  const manifests = toManifests(tools);
  const guard = createOpenAIGuard(bench.hypervisor, { seat: () => seat, manifests, waitMs: 0 });
  const list = tools.map((tool) => ({ type: 'function', function: toFunction(tool) }));
  return {
    async send(calls, { signal } = {}) {
      const wire = calls.map(({ id, tool, args }) => ({
        id,
        type: 'function',
        function: { name: tool, arguments: JSON.stringify(args) },
      }));
      const options = signal === undefined ? {} : { signal };
      return toTurn(guard, await guard.run(wire, list, options));
    },
  };
};

function toTurn(guard: Guard, answers: Answers<ToolMessage>): ContractTurn {
  const text = new Map(answers.map(({ tool_call_id, content }) => [tool_call_id, content]));
  const turnOf = (pending: Answers<ToolMessage>['pending']): ContractTurn => ({
    answers: [...text].map(([id, content]) => ({ id, text: content })),
    waiting: pending.map(({ toolCallId }) => toolCallId),
    async resume() {
      const still = [];
      for (const one of pending) {
        // as a user who kept the ticket in a file would
        const answer = await guard.resume(JSON.parse(JSON.stringify(one)));
        if ('content' in answer) text.set(answer.tool_call_id, answer.content);
        if (answer.supervision.status === 'pending') still.push(one);
      }
      return turnOf(still);
    },
  });
  return turnOf(answers.pending);
}

const openItems: AdapterUnderTest['open'] = async ({ bench, seat, tools }) => {
  const manifests = toManifests(tools);
  const guard = createOpenAIGuard(bench.hypervisor, { seat: () => seat, manifests, waitMs: 0 });
  const list = tools.map((tool) => ({ type: 'function', ...toFunction(tool) }));
  const toItem = ({ id, tool, args }: ContractCall) => ({
    type: 'function_call',
    call_id: id,
    name: tool,
    arguments: JSON.stringify(args),
  });
  return {
    async send(calls, { signal } = {}) {
      const output = [{ type: 'reasoning', summary: [] }, ...calls.map(toItem)];
      const items = await guard.runItems(output, list, signal === undefined ? {} : { signal });
      const messages = items.map(({ call_id, output: content, supervision }) => ({
        role: 'tool' as const,
        tool_call_id: call_id,
        content,
        supervision,
      }));
      const resume: Guard['resume'] = async (ticket) => {
        const answer = await guard.resume(ticket);
        if (!('output' in answer)) return answer;
        const { call_id: tool_call_id, output: content, supervision } = answer;
        return { role: 'tool', tool_call_id, content, supervision };
      };
      return toTurn({ ...guard, resume }, Object.assign(messages, { pending: items.pending }));
    },
  };
};

adapterContract('openai, run', { open });
adapterContract('openai, runItems', { open: openItems });
