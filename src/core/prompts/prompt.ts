import { SupervisionError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import type { Prompt, PromptInput } from '../model/prompt.ts';
import { fence, toPlainJson } from './escape.ts';

/** A piece of a prompt's second part: words of the file, or the place of an input. */
export type PromptPart = { readonly text: string } | { readonly input: string };

export type PromptSource = Pick<Prompt, 'name' | 'version' | 'hash' | 'inputs'> & {
  /** The system message: the same for every call, so that providers keep it. */
  readonly fixed: string;
  readonly parts: readonly PromptPart[];
};

/** Makes a prompt that is filled in by its parts, one after the other; what was put in is never read again. */
export function createPrompt(source: PromptSource): Prompt {
  const { name, version, hash, inputs, fixed, parts } = source;
  return {
    name,
    version,
    hash,
    inputs,
    render(values, boundary) {
      checkNames(source, values);
      const texts = parts.map((part) =>
        'text' in part ? part.text : renderInput(source, part.input, values[part.input], boundary),
      );
      return [
        { role: 'system', text: fixed },
        { role: 'user', text: texts.join('') },
      ];
    },
  };
}

type Values = { readonly [input: string]: Json };

function checkNames({ name, inputs }: PromptSource, values: Values): void {
  for (const input of Object.keys(values)) {
    if (!inputs.has(input)) throw invalid(name, `has no input \`${input}\``);
  }
  for (const input of inputs.keys()) {
    if (!Object.hasOwn(values, input)) throw invalid(name, `was not given its input \`${input}\``);
  }
}

function renderInput(
  { name, inputs }: PromptSource,
  input: string,
  value: Json | undefined,
  boundary: string,
): string {
  const kind: PromptInput | undefined = inputs.get(input);
  if (kind === undefined || value === undefined) {
    throw invalid(name, `was not given its input \`${input}\``);
  }
  if (kind === 'untrusted') return fence(input, value, boundary);
  if (kind === 'facts') return toPlainJson(value);
  if (typeof value === 'string') return value;
  throw invalid(name, `was given no text for its input \`${input}\``);
}

function invalid(name: string, what: string): SupervisionError {
  return new SupervisionError('PROMPT_INVALID', `prompt \`${name}\` ${what}`);
}
