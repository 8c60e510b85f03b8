import type { Deny } from '../core/model/decision.ts';
import type { Filter } from '../core/model/extension.ts';
import type { Json } from '../core/model/json.ts';
import type { Detector, findAll, Finding, redact } from './detector.ts';
import { foldText } from './folded-text.ts';
import { mapStrings, type TextPlace } from './map-strings.ts';
import { createFilter, refuse, sideWords, type Side } from './sides.ts';

/** What a detecting filter looks for. */
export interface Searched {
  readonly detectors: readonly Detector[];
  /** What the name of a member says of its whole text: a kind, or nothing. */
  readonly kindOfMember?: (key: string, text: string) => string | undefined;
}

export interface DetectionOptions {
  readonly name: string;
  readonly mode: 'redact' | 'refuse';
  /** Why the call is refused; said to the agent. */
  readonly message?: string | undefined;
  /** Asked at every use: patterns are loaded by the first. */
  readonly load: () => Promise<Searched>;
}

/** A redacted text may read as another thing; after so many rounds it is refused. */
const maxRounds = 4;

/** A filter that takes out, or refuses, whatever its detectors find in strings, keys and numbers at every depth. */
export function createDetectingFilter(
  options: DetectionOptions & { readonly on: readonly Side[] },
): Filter {
  return createFilter(options.name, options.on, createDetection(options));
}

/** The work of such a filter. */
export function createDetection({ name, mode, message, load }: DetectionOptions) {
  return async (value: Json, side: Side): Promise<Json | Deny> => {
    // the engine is loaded by the first use, since importing the package has to cost next to nothing
    const [engine, searched] = await Promise.all([import('./detector.ts'), load()]);
    const search: Search = { ...searched, ...engine };
    const kinds = new Set<string>();
    let current = value;
    for (let round = 0; round < maxRounds; round += 1) {
      const cleaned = await clean(search, current, kinds);
      if (cleaned === current) return current;
      if (mode === 'refuse') break;
      current = cleaned;
    }
    const found = [...kinds].map((kind) => `\`${kind}\``).join(', ');
    return refuse(
      name,
      message ??
        `${sideWords[side]} hold what the filter \`${name}\` keeps back (${found}); leave it out`,
    );
  };
}

interface Search extends Searched {
  readonly findAll: typeof findAll;
  readonly redact: typeof redact;
}

function clean(search: Search, value: Json, kinds: Set<string>): Promise<Json> {
  return mapStrings(value, async (text, place) => {
    const findings = await findIn(search, text, place);
    for (const { kind } of findings) kinds.add(kind);
    return findings.length === 0 ? text : search.redact(text, findings);
  });
}

// shorter numbers are no identifier of anything that is looked for
const minDigits = 9;

async function findIn(
  { detectors, kindOfMember, findAll }: Search,
  text: string,
  { kind: where, key }: TextPlace,
): Promise<readonly Finding[]> {
  const folded = foldText(text);
  const name = where === 'key' || key === undefined ? undefined : foldText(key).text;
  const kind = name === undefined ? undefined : kindOfMember?.(name, folded.text);
  if (kind !== undefined && text !== `[${kind}]`) return [{ kind, start: 0, end: text.length }];
  if (where === 'number' && text.length < minDigits) return [];
  const findings = await findAll(detectors, folded.text);
  return findings.map((finding) => ({ ...finding, ...folded.toGiven(finding) }));
}
