/** Stands in a word for what cannot be known: a variable, an output. No text that is read holds it. */
export const gap = '\0';
/** Stands for what a glob puts there: characters of one file name, so no slash, and no dot at its begin. */
export const nameGap = '\u0001';

/** One word of a command, quotes and escapes taken off. */
export interface ShellWord {
  /** Holds `gap` or `nameGap` where something unknown stands. */
  readonly text: string;
  /** How many words it becomes: one; several that each look like `text` (files); any number of whatever words. */
  readonly becomes: 'one' | 'several' | 'any';
}

/** One simple command that a line would run. */
export interface CommandPart {
  /** Empty where there are only assignments or redirections. */
  readonly words: readonly ShellWord[];
  /** Names of the variables that are set for it. */
  readonly env: readonly string[];
  /** Files that a redirection reads. */
  readonly reads: readonly string[];
  /** Files that a redirection writes, or opens for both. */
  readonly writes: readonly string[];
  /** It reads what another command of the line wrote. */
  readonly piped: boolean;
  /** What a here-document or here-string gives it to read. */
  readonly input: string | undefined;
}

/** What a command line would run: every simple command, also those within others. */
export interface CommandReading {
  readonly parts: readonly CommandPart[];
  /** More may run than `parts` says, or the text could not be read at all. */
  readonly isPartial: boolean;
}

/** A word that stands for itself. */
export function plainWord(text: string): ShellWord {
  return { text, becomes: 'one' };
}

/** Whether every character is known, and that it is one word. */
export function isExact({ text, becomes }: ShellWord): boolean {
  return becomes === 'one' && !hasGap(text);
}

/** Whether something in a text is unknown. */
export function hasGap(text: string): boolean {
  return text.includes(gap) || text.includes(nameGap);
}
