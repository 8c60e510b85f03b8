import { z } from 'zod';

/** Why edits on disk do not take effect: a person pinned what is in force, or collects several edits. */
export const freezeSchema = z.object({
  kind: z.enum(['pin', 'hold']),
  by: z.string(),
  reason: z.string().nullable(),
  sinceMs: z.number(),
  /** Of a hold: when it ends by itself (milliseconds since 1970). */
  untilMs: z.number().nullable(),
  /** Of its entry in the action log. */
  seq: z.number(),
});
export type Freeze = z.infer<typeof freezeSchema>;

/** How long a hold lasts unless somebody says otherwise: 15 minutes, in milliseconds. */
export const defaultHoldMs = 15 * 60_000;
/** A hold is for an edit under way; what shall stay is pinned. A day, in milliseconds. */
export const maxHoldMs = 24 * 3_600_000;

/** What the log calls the start of it. */
export function entryTypeOf(kind: Freeze['kind']): 'rules.pinned' | 'rules.held' {
  return kind === 'pin' ? 'rules.pinned' : 'rules.held';
}

/** For health, where the files differ from what is in force. */
export function describeFreeze(
  { kind, by, untilMs }: Freeze,
  disk: { readonly version: string; readonly loosened: readonly string[] },
): string {
  const version = disk.version.slice(0, 12);
  const loosens = disk.loosened.length === 0 ? '' : `, which would loosen`;
  if (kind === 'pin') {
    return `the rules are pinned by ${by}, and disk differs (${version}${loosens}); \`ringfence rules unpin\` puts the files in force`;
  }
  const until = untilMs === null ? '' : ` until ${new Date(untilMs).toISOString()}`;
  return `the rules are held by ${by}${until}, and disk differs (${version}${loosens}); \`ringfence rules edit --release\` puts the files in force`;
}
