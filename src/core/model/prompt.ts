import type { Json } from './json.ts';
import type { ModelMessage } from './model-port.ts';

/** What a prompt's input may hold; a value of another kind is refused when the prompt is filled in. */
export type PromptInput =
  /** The operator's own words, as they are. */
  | 'text'
  /** What we computed, as JSON. */
  | 'facts'
  /** What an agent or a stranger may have written: escaped, inside the boundary of this call. */
  | 'untrusted';

/** A prompt file, checked: a fixed part, always first and always the same, and inputs after it. */
export interface Prompt {
  readonly name: string;
  /** As its header says. */
  readonly version: string;
  /** SHA-256 over the file and everything it includes, in hexadecimal. */
  readonly hash: string;
  readonly inputs: ReadonlyMap<string, PromptInput>;
  /**
   * The messages to send. `boundary` is random, of this call alone. Throws `PROMPT_INVALID` for an input that is
   * missing, unknown or of the wrong kind, and `BOUNDARY_GUESSED` where untrusted text holds the boundary.
   */
  render(values: { readonly [input: string]: Json }, boundary: string): readonly ModelMessage[];
}

/** All prompts at one moment. */
export interface PromptSet {
  /** SHA-256 over the hashes of all prompts, in hexadecimal. */
  readonly version: string;
  /** Throws `PROMPT_INVALID` where there is none of this name. */
  find(name: string): Prompt;
}
