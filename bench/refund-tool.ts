import { z } from 'zod';
import { supervise } from '../src/core/hypervisor/supervised-tool.ts';
import type { Hypervisor } from '../src/core/hypervisor/api.ts';
import type { Json } from '../src/core/model/json.ts';

/** Arguments as agents send them: a dozen values, one level of nesting. */
export const refundArgs = {
  charge: { id: 'ch_3OaBcDeFgHiJkLmN', amount: 4_900 },
  amount: 1_250,
  currency: 'EUR' as const,
  reason: 'The parcel arrived two weeks late and the customer asked for a part of the price back.',
  customer: 'cus_Q1w2E3r4T5y6',
  notify: true,
  labels: ['late', 'parcel'],
};

export const refundManifest = { effect: 'write', undo: 'partial', output: 'trusted' } as const;

const schema = z.strictObject({
  charge: z.strictObject({ id: z.string(), amount: z.int() }),
  amount: z.int(),
  currency: z.enum(['EUR', 'USD']),
  reason: z.string(),
  customer: z.string(),
  notify: z.boolean(),
  labels: z.array(z.string()),
});

/** What the supervised calls are compared with: the tool by itself. */
export async function refund(args: { readonly amount: number }): Promise<{ refunded: number }> {
  return { refunded: args.amount };
}

/** Allows the refunds of the bench, with an hourly limit. */
export const refundRule: { readonly [key: string]: Json } = {
  name: 'refund_small',
  condition: {
    tool: 'stripe',
    action: 'refund',
    args: { amount: { gt: 0, lte: 5_000 }, currency: { in: ['EUR', 'USD'] } },
    max_per_hour: 1_000_000_000,
  },
  approval: 'auto_approve',
};

export function superviseRefund(hypervisor: Hypervisor) {
  return supervise(
    {
      name: 'stripe',
      action: 'refund',
      description: 'Refunds a charge, in part or whole.',
      schema,
      manifest: refundManifest,
      run: refund,
    },
    hypervisor,
  );
}
