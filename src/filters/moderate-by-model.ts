import { z } from 'zod';
import { SupervisionError } from '../core/model/errors.ts';
import type { Model } from '../core/model/model-port.ts';
import type { PromptSet } from '../core/model/prompt.ts';
import { askPrompt } from '../core/supervisors/ask-prompt.ts';
import { findPackageFile } from '../files/package-file.ts';
import { openPromptManager } from '../files/prompt-manager.ts';
import { systemClock } from '../stores/system/clock.ts';
import { createRandomIds } from '../stores/system/ids.ts';
import type { Moderator } from './content-moderation.ts';

/** What the prompt `content-moderation` asks for. */
const form = z.strictObject({
  flagged: z.boolean(),
  categories: z.array(z.string().max(64)).max(20),
});

export interface ModelModeratorOptions {
  /** Any `Model`, such as `openaiModel({ model })`. */
  readonly model: Model;
  /** A folder whose `content-moderation.md` takes the place of the shipped one; read once. Put it under `protect`. */
  readonly prompts?: string;
  /** Default 5,000 milliseconds; the filter's own bound counts as well. */
  readonly timeoutMs?: number;
}

/** The moderator behind `modelModerator`. Throws `PROMPT_INVALID`. */
export async function openModelModerator(options: ModelModeratorOptions): Promise<Moderator> {
  const { model, timeoutMs: deadlineMs = 5000 } = options;
  const around = { clock: systemClock, ids: createRandomIds() };
  const prompt = (await openPrompts(options)).find('content-moderation');
  return {
    async moderate(text, signal) {
      const question = { model, prompt, values: { text }, form, formName: 'moderation' };
      const filled = await askPrompt(
        { ...question, maxOutputTokens: 500, deadlineMs, signal },
        around,
      );
      if (!filled.ok) throw noAnswer(model, `${filled.fault}: ${filled.detail}`);
      const { flagged, categories } = filled.value;
      if (flagged || categories.length === 0) return filled.value;
      throw noAnswer(model, 'invalid: it flags nothing and names what it found');
    },
  };
}

function noAnswer(model: Model, why: string): SupervisionError {
  const what = `the moderating model \`${model.name}\` gave no answer that counts`;
  return new SupervisionError('FILTER_FAILED', `${what} (${why})`);
}

async function openPrompts({ prompts }: ModelModeratorOptions): Promise<PromptSet> {
  const manager = await openPromptManager({
    shipped: findPackageFile('prompts'),
    clock: systemClock,
    ...(prompts === undefined ? {} : { overrides: prompts }),
  });
  // nothing watches before `start`, so there is nothing to close
  return manager.current();
}
