import type { Json } from '../model/json.ts';
import type { PlainOrigin, Source, ValueOrigin } from '../model/provenance.ts';
import type { CallContext } from './call-context.ts';
import { compileNames, matchTool, scopeTexts } from './name-pattern.ts';
import type { Lists, PredicatesSource } from './source.ts';
import { type Truth, either } from './truth.ts';

/** One question about where a value came from. */
export interface OriginPredicate {
  readonly name: string;
  readonly test: (value: Json, context: CallContext) => Truth;
}

/** Predicates that ask where a value came from: `from`, `not_from`, `first_seen_in`. */
export function compileOriginPredicates(
  source: PredicatesSource,
  lists: Lists,
): readonly OriginPredicate[] {
  const {
    from,
    not_from: notFrom,
    first_seen_in: tools,
    allow_unknown: allowUnknown,
    asked_by: askedBy,
    told_by: toldBy,
  } = source;
  const all: OriginPredicate[] = [];
  if (from !== undefined) {
    all.push({
      name: 'from',
      test: (value, { facts: { session } }) => {
        const found = session.originOf(value);
        const origins = originsOf(found, session.overflowed);
        return from.some((origin) => origins.has(origin));
      },
    });
  }
  if (notFrom !== undefined) {
    all.push({
      name: 'not_from',
      test: (value, { facts: { session } }) => {
        const origins = originsOf(session.originOf(value), session.overflowed);
        // where nobody knows, it may well have come from there
        if (origins.has('unknown') && allowUnknown !== true) return false;
        return !notFrom.some((origin) => origins.has(origin));
      },
    });
  }
  if (askedBy !== undefined) {
    all.push({
      name: 'asked_by',
      test: saidBy(
        askedBy,
        (by, value, { call: { action }, facts: { session, tool: definition } }) =>
          session.speaksOf(by, { definition, action }, value),
      ),
    });
  }
  if (toldBy !== undefined) {
    all.push({
      name: 'told_by',
      test: saidBy(toldBy, (by, value, { facts: { session } }) => session.tells(by, value)),
    });
  }
  if (tools !== undefined) {
    const pattern = compileNames(scopeTexts(tools, lists), 'tool');
    all.push({
      name: 'first_seen_in',
      test: (value, { facts: { session } }): Truth => {
        const { origin, sources } = session.originOf(value);
        const [first] = sources;
        if (first === undefined) return session.overflowed ? 'error' : false;
        // of a value put together from several, any first place counts
        const places = origin === 'mixed' ? sources : [first];
        let truth: Truth = false;
        for (const { tool } of places) {
          if (tool !== undefined) truth = either(truth, matchTool(pattern, tool, 'run').truth);
        }
        return truth;
      },
    });
  }
  return all;
}

type Says = (by: Speaker, value: string, context: CallContext) => boolean | undefined;
type Speaker = Source['origin'];

/** Whether any of them says so of the value; one that was changed, or put together from pieces, leaves it open. */
function saidBy(speakers: readonly Speaker[], says: Says): OriginPredicate['test'] {
  return (value, context) => {
    const { session } = context.facts;
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string') return 'error';
    const { parts } = session.originOf(value);
    let truth: Truth = session.overflowed ? 'error' : false;
    for (const speaker of speakers) {
      const said = says(speaker, text, context);
      // of a number that is spelt otherwise there is nothing to look at
      const isOpen = said === undefined && typeof value === 'string' && parts.includes(speaker);
      truth = either(truth, isOpen ? 'error' : said === true);
    }
    return truth;
  };
}

type Named = PlainOrigin | 'mixed';

/** The origins that count; once something was forgotten, what is not found may have been there. */
function originsOf({ origin, parts }: ValueOrigin, overflowed: boolean): ReadonlySet<Named> {
  const all = new Set<Named>(parts);
  if (origin === 'mixed') all.add('mixed');
  if (overflowed && all.has('unknown')) all.add('untrusted');
  return all;
}
