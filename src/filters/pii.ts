import type { Filter } from '../core/model/extension.ts';
import { createDetectingFilter } from './detecting-filter.ts';
import type { PiiKind } from './pii-detectors.ts';
import { bothSides, invalidOption, oneOf, type Side } from './sides.ts';

export type { PiiKind } from './pii-detectors.ts';

export interface PiiOptions {
  /** `redact` puts `[email]` in place of an address; `refuse` denies the call or withholds the result. Default `redact`. */
  readonly mode?: 'redact' | 'refuse';
  /** Default: all but `ip`. */
  readonly kinds?: readonly PiiKind[];
  /** Default: both. */
  readonly on?: readonly Side[];
}

export const piiKinds = ['email', 'phone', 'card', 'iban', 'ssn', 'ip'] as const;

/** Personal data: e-mail addresses, phone numbers, payment cards, IBANs, US social security numbers, IP addresses. */
export function pii(options: PiiOptions = {}): Filter {
  const name = 'pii';
  const { kinds = piiKinds.filter((kind) => kind !== 'ip'), on = bothSides } = options;
  if (kinds.length === 0 || kinds.some((kind) => !piiKinds.includes(kind))) {
    throw invalidOption(name, 'kinds', `a list of ${piiKinds.join(', ')}, not empty`);
  }
  return createDetectingFilter({
    name,
    mode: oneOf(name, 'mode', { given: options.mode, words: ['redact', 'refuse'] }),
    on,
    load: async () => {
      const { piiDetectors } = await import('./pii-detectors.ts');
      return { detectors: kinds.map((kind) => piiDetectors[kind]) };
    },
  });
}
