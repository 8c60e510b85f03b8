import { SupervisionError } from 'ringfence/spi';

/** What the packages below a chat model throw in the place of an answer that came, by the name of the class. */
const faults: { readonly [name: string]: readonly ['MODEL_INVALID' | 'MODEL_REFUSED', string] } = {
  SyntaxError: ['MODEL_INVALID', 'gave no JSON'],
  LengthFinishReasonError: ['MODEL_INVALID', 'did not end its answer; let it write more tokens'],
  ContentFilterFinishReasonError: ['MODEL_REFUSED', 'was kept from answering by its provider'],
};

/** A fault that has no status, as the port says it; all others as they are. */
export function readClientFault(error: unknown, name: string): unknown {
  if (!(error instanceof Error)) return error;
  // by name: a chat model may bring its own copy of a package
  const found = Object.hasOwn(faults, error.constructor.name)
    ? faults[error.constructor.name]
    : undefined;
  if (found === undefined) return error;
  const [code, what] = found;
  return new SupervisionError(code, `model \`${name}\` ${what}`, { cause: error });
}
