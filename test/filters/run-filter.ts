import type { Filter } from '../../src/core/model/extension.ts';
import type { Json } from '../../src/core/model/json.ts';
import type { ToolCall } from '../../src/core/model/call.ts';

/** A call that no shipped filter reads. */
const call: ToolCall = {
  id: '0',
  tool: 'mail',
  action: 'run',
  definition: '',
  args: null,
  fingerprint: '',
  seat: {
    agent: { kind: 'agent', id: 'a', roles: [] },
    session: {
      kind: 'session',
      id: 's',
      observe: () => undefined,
      join: async () => call.seat,
      end: async () => ({ root: '' }),
    },
  },
};

/** What the filter makes of arguments: the value, or the code of its refusal. */
export async function filterArgs(filter: Filter, args: Json): Promise<Json> {
  return toAnswer(await filter.before?.(args, call));
}

/** What the filter makes of a result: the value, or the code of its refusal. */
export async function filterResult(filter: Filter, result: Json): Promise<Json> {
  return toAnswer(await filter.after?.(result, call));
}

/** The reason of a refusal of arguments. */
export async function reasonOf(filter: Filter, args: Json): Promise<string> {
  const answer = await filter.before?.(args, call);
  if (typeof answer === 'object' && answer !== null && 'reason' in answer) {
    return JSON.parse(JSON.stringify(answer.reason));
  }
  throw new Error('the filter let it pass');
}

function toAnswer(answer: unknown): Json {
  if (typeof answer === 'object' && answer !== null && 'verdict' in answer && 'code' in answer) {
    return `refused: ${String(answer.code)}`;
  }
  return answer as Json;
}
