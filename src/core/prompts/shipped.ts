import type { PromptInput } from '../model/prompt.ts';

const judge = { policy: 'text', facts: 'facts', arguments: 'untrusted' } as const;

/** The prompts that Ringfence fills in, by name, and the inputs that it has for each. */
export const shippedPrompts = {
  'judge-stage-1': judge,
  'judge-stage-2': judge,
  'judge-second-opinion': judge,
  'approver-summary': { facts: 'facts', arguments: 'untrusted' },
  'content-moderation': { text: 'untrusted' },
} as const satisfies Record<string, Record<string, PromptInput>>;

/** What a prompt of this name must take; undefined for one that is only included, or a user's own. */
export function expectedInputs(name: string): ReadonlyMap<string, PromptInput> | undefined {
  const found = Object.entries(shippedPrompts).find(([known]) => known === name)?.[1];
  return found === undefined ? undefined : new Map(Object.entries(found));
}
