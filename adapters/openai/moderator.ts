import type OpenAI from 'openai';
import type { Moderator } from 'ringfence/spi';

export interface OpenAIModeratorOptions {
  /** Default `omni-moderation-latest`. */
  readonly model?: string;
}

/** A moderator for the filter `content_moderation`, over the moderation endpoint of a client of yours. */
export function openaiModerator(
  client: Pick<OpenAI, 'moderations'>,
  { model = 'omni-moderation-latest' }: OpenAIModeratorOptions = {},
): Moderator {
  return {
    async moderate(input, signal) {
      // one try: whoever waits for the answer has a bound of their own
      const { results } = await client.moderations.create(
        { input, model },
        { signal, maxRetries: 0 },
      );
      if (results.length === 0) throw new TypeError('the moderation endpoint judged nothing');
      const categories = results.flatMap((result) =>
        Object.entries(result.categories).flatMap(([name, isFlagged]) => (isFlagged ? [name] : [])),
      );
      // what is missing is neither yes nor no, and the filter takes it for no answer
      return {
        flagged: results.map(({ flagged }) => flagged).reduce((one, other) => one || other),
        categories: [...new Set(categories)],
      };
    },
  };
}
