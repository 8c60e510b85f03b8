import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool, type ClientTool } from '@langchain/core/tools';
import {
  Command,
  END,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import {
  createAgent,
  createMiddleware,
  FakeToolCallingModel,
  type AnyAgentMiddleware,
} from 'langchain';
import { superviseTools, supervisionMiddleware } from 'ringfence/langchain';
import {
  adapterContract,
  type AdapterUnderTest,
  type ContractCall,
  type ContractTool,
  type ContractTurn,
} from '../../contracts/adapter-contract.ts';

type World = Parameters<AdapterUnderTest['open']>[0];

function toTool({ name, description, schema, run }: ContractTool): ClientTool {
  return tool(run, { name, description, schema });
}

/** What a framework's user does about errors of tools: the model is told. */
const tellErrors = createMiddleware({
  name: 'TellErrors',
  async wrapToolCall(request, handler) {
    try {
      return await handler(request);
    } catch (error) {
      if (!(error instanceof Error) || error.message !== 'the wire is cut') throw error;
      const { id = '', name } = request.toolCall;
      return new ToolMessage({ content: error.message, tool_call_id: id, name, status: 'error' });
    }
  },
});

interface State {
  readonly messages: readonly unknown[];
  readonly __interrupt__?: readonly { readonly value?: unknown }[];
}

/** What agents and graphs have in common. */
interface Graph {
  invoke(input: unknown, config: object): Promise<unknown>;
}

let threads = 0;

function sessionOf(build: (calls: readonly ContractCall[]) => Graph, input: typeof toInput) {
  const toTurn = (calls: readonly ContractCall[], graph: Graph, config: object, given: unknown) => {
    const { messages, __interrupt__: interrupts = [] } = given as State;
    const named = new Map(calls.map((call) => [call.tool, call.id]));
    const answers = messages.filter((message) => ToolMessage.isInstance(message));
    const turn: ContractTurn = {
      answers: answers.map(({ tool_call_id: id, content }) => ({
        id,
        text: typeof content === 'string' ? content : '',
      })),
      waiting: interrupts.map(({ value }) => named.get((value as { tool: string }).tool) ?? ''),
      resume: async () =>
        toTurn(calls, graph, config, await graph.invoke(new Command({ resume: true }), config)),
    };
    return turn;
  };
  return {
    async send(calls: readonly ContractCall[], options: { readonly signal?: AbortSignal } = {}) {
      const graph = build(calls);
      const config = { configurable: { thread_id: `t${(threads += 1)}` }, ...options };
      return toTurn(calls, graph, config, await graph.invoke(input(calls), config));
    },
  };
}

const toCalls = (calls: readonly ContractCall[]) =>
  calls.map(({ id, tool: name, args }) => ({ id, name, args }));
const toInput = (calls: readonly ContractCall[]) => ({
  messages: [new AIMessage({ content: '', tool_calls: toCalls(calls) })],
});
const toQuestion = (): ReturnType<typeof toInput> => ({
  messages: [new HumanMessage('go') as unknown as AIMessage],
});

const manifestsOf = ({ tools }: World) =>
  Object.fromEntries(tools.map(({ name, manifest }) => [name, manifest]));

const wrapAll = (world: World): ClientTool[] =>
  superviseTools(world.tools.map(toTool), world.bench.hypervisor, {
    seat: () => world.seat,
    manifests: manifestsOf(world),
    review: 'interrupt',
  });

function agent(
  calls: readonly ContractCall[],
  tools: ClientTool[],
  middleware: readonly AnyAgentMiddleware[],
  checkpointer: MemorySaver,
): Graph {
  const model = new FakeToolCallingModel({ toolCalls: [toCalls(calls), []] });
  return createAgent({ model, tools, middleware, checkpointer }).graph;
}

adapterContract('langchain agent with the middleware', {
  repeatsIds: true,
  async open(world) {
    const checkpointer = new MemorySaver();
    const ours = supervisionMiddleware(world.bench.hypervisor, {
      seat: () => world.seat,
      manifests: manifestsOf(world),
      review: 'interrupt',
    });
    const tools = world.tools.map(toTool);
    return sessionOf((calls) => agent(calls, tools, [tellErrors, ours], checkpointer), toQuestion);
  },
});

adapterContract('langchain agent with wrapped tools', {
  repeatsIds: true,
  async open(world) {
    const checkpointer = new MemorySaver();
    const tools = wrapAll(world);
    return sessionOf((calls) => agent(calls, tools, [tellErrors], checkpointer), toQuestion);
  },
});

adapterContract('langgraph tool node with wrapped tools', {
  async open(world) {
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('tools', new ToolNode(wrapAll(world)))
      .addEdge(START, 'tools')
      .addEdge('tools', END)
      .compile({ checkpointer: new MemorySaver() });
    return sessionOf(() => graph, toInput);
  },
});
