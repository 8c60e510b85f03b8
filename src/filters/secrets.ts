import type { Filter } from '../core/model/extension.ts';
import { createDetectingFilter } from './detecting-filter.ts';
import { bothSides, oneOf, type Side } from './sides.ts';

export interface SecretsOptions {
  /** `redact` puts `[aws_key]` in place of a key; `refuse` denies the call or withholds the result. Default `redact`. */
  readonly mode?: 'redact' | 'refuse';
  /** Default: both. */
  readonly on?: readonly Side[];
}

/** Keys, tokens, passwords and private keys, by how they begin, by what they are called and by how random they look. */
export function secrets(options: SecretsOptions = {}): Filter {
  const name = 'secrets';
  return createDetectingFilter({
    name,
    mode: oneOf(name, 'mode', { given: options.mode, words: ['redact', 'refuse'] }),
    on: options.on ?? bothSides,
    load: async () => {
      const { isSecretMember, memberKind, secretDetectors } = await import('./secret-detectors.ts');
      return {
        detectors: secretDetectors,
        kindOfMember: (key, text) => (isSecretMember(key, text) ? memberKind : undefined),
      };
    },
  });
}
