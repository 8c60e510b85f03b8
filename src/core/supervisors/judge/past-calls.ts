import type { PastCall } from '../../model/call.ts';
import type { JsonObject } from '../../model/json.ts';
import { isPlainName } from './shown-path.ts';

/** What the facts say of the calls before one of `tool`: the last `max`, oldest first, and how many there were. */
export function describePast(tool: string, history: readonly PastCall[], max: number): JsonObject {
  const ofThis = history.filter((past) => past.tool === tool);
  return {
    earlierCalls: history.slice(-max).map(describeCall),
    counts: {
      calls: history.length,
      refused: countRefused(history),
      ofThisTool: ofThis.length,
      ofThisToolRefused: countRefused(ofThis),
    },
  };
}

function countRefused(history: readonly PastCall[]): number {
  return history.filter(({ status }) => status === 'refused').length;
}

function describeCall({ tool, action, verdict, status }: PastCall): JsonObject {
  // what was refused may have named a tool that there is not
  const isNamed = status !== 'refused' || isPlainName(tool);
  return { tool: isNamed ? tool : null, action: toShownAction(action), verdict, status };
}

/** A host may take the action from the arguments: then the agent wrote it, and a judge takes the facts for true. */
export function toShownAction(action: string): string | null {
  return isPlainName(action) ? action : null;
}
