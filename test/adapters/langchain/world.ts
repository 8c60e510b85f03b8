import type { ClientTool } from '@langchain/core/tools';
import type { Manifest } from '../../../src/core/model/tool.ts';
import { superviseTool } from '../../../adapters/langchain/index.ts';
import type { AnyTool, ToolOptions } from '../../../adapters/langchain/index.ts';
import { startBench, type Bench } from '../../support/harness.ts';

export const read: Manifest = { effect: 'read', undo: 'none', output: 'trusted', paths: [] };

export const rule = (approval: string) => ({ name: 'all', condition: { tool: '*' }, approval });

export interface Guarded {
  readonly bench: Bench;
  /** Wraps a tool as a read-only one, with the registered seat. */
  wrap<T extends AnyTool>(tool: T, options?: Partial<ToolOptions>): T;
}

/** Everything real, in memory, with one rule for every tool. */
export async function guard(approval: string): Promise<Guarded> {
  const bench = await startBench([rule(approval)], {
    rates: { 2: { perSecond: 1e6, burst: 1e6 } },
  });
  const { hypervisor } = bench;
  const agent = await hypervisor.agents.register({ id: 'clerk' });
  const seat = () => hypervisor.seat(agent);
  return {
    bench,
    wrap: (tool, options) => superviseTool(tool, hypervisor, { manifest: read, seat, ...options }),
  };
}

export type { ClientTool };
