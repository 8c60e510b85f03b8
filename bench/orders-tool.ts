import { z } from 'zod';
import type { Hypervisor } from '../src/core/hypervisor/api.ts';
import { supervise } from '../src/core/hypervisor/supervised-tool.ts';

/** Allows every call of the tool below. */
export const ordersRule = {
  name: 'orders_find',
  condition: { tool: 'orders', action: 'find' },
  approval: 'auto_approve',
} as const;

/** A small tool that reads, or with `write` counts as one that changes something; any agent may call the one that reads. */
export function superviseOrders(hypervisor: Hypervisor, effect: 'read' | 'write') {
  return supervise(
    {
      name: 'orders',
      action: 'find',
      description: 'Finds an order.',
      schema: z.strictObject({ order: z.string(), customer: z.string() }),
      manifest: { effect, undo: 'full', output: 'trusted' },
      run: ({ order }) => ({ order, state: 'shipped' }),
    },
    hypervisor,
  );
}
