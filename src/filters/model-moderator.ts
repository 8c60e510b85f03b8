import type { Moderator } from './content-moderation.ts';
import type { ModelModeratorOptions } from './moderate-by-model.ts';

/**
 * A moderator for the filter `content_moderation` that asks a language model. Whatever is not a strict answer that says
 * yes or no throws, and the filter refuses. `PROMPT_INVALID` for prompts that cannot be used, at the first question.
 */
export function modelModerator(options: ModelModeratorOptions): Moderator {
  let opened: Promise<Moderator> | undefined;
  const open = (): Promise<Moderator> =>
    (opened ??= import('./moderate-by-model.ts')
      .then(({ openModelModerator }) => openModelModerator(options))
      .catch((error: unknown) => {
        // a prompt that is mended is found without a restart
        opened = undefined;
        throw error;
      }));
  return {
    moderate: async (text, signal) => (await open()).moderate(text, signal),
  };
}
