import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../core/model/json.ts';
import type { Compared, Ruling } from '../core/rules/simulate.ts';
import { changeKinds, type SimulationTally } from '../core/rules/simulation-tally.ts';
import type { RecordedCounts } from './recorded-counts.ts';

/** A simulation that has run, and what was asked of it. */
export interface Simulated {
  readonly tally: SimulationTally;
  /** Versions of the rule sets; `against` is undefined where recorded decisions were compared with. */
  readonly candidate: string;
  readonly against: string | undefined;
  /** Milliseconds since 1970, infinite where open; undefined for a trace. */
  readonly window: { readonly sinceMs: number; readonly untilMs: number } | undefined;
  readonly notes: RecordedCounts;
  /** Lines of the record that could not be read. */
  readonly damages: number;
  readonly allowsLoosening: boolean;
  readonly showsArgs: boolean;
}

const verdict = z.enum(['allow', 'review', 'deny']);
const counts = z.strictObject({ allow: z.number(), review: z.number(), deny: z.number() });
const ruling = z.strictObject({ verdict, rule: z.string().nullable(), code: z.string() });
const kind = z.enum(changeKinds);

/** What `ringfence simulate --json` prints; keys are added, never renamed. */
export const simulationSchema = z.strictObject({
  /** What the exit code says: nothing loosened (or that is allowed), nothing damaged, and something compared. */
  ok: z.boolean(),
  candidate: z.string(),
  /** Null where recorded decisions were compared with. */
  against: z.string().nullable(),
  /** ISO 8601; null where open. */
  since: z.string().nullable(),
  until: z.string().nullable(),
  compared: z.number(),
  loosened: z.number(),
  /** Verdict before, then verdict of the candidate. */
  totals: z.strictObject({ allow: counts, review: counts, deny: counts }),
  changes: z.record(kind, z.number()),
  byRule: z.array(
    z.strictObject({
      kind,
      from: z.string().nullable(),
      to: z.string().nullable(),
      calls: z.number(),
    }),
  ),
  /** More pairs of rules changed than are listed. */
  byRuleIsCut: z.boolean(),
  examples: z.array(
    z.strictObject({
      kind,
      call: z.string(),
      time: z.string(),
      tool: z.string(),
      action: z.string(),
      agent: z.string(),
      session: z.string(),
      /** Names of arguments, and with `--show-args` the beginnings of their values. */
      args: z.union([z.array(z.string()), z.record(z.string(), z.string())]),
      before: ruling,
      after: ruling,
    }),
  ),
  notCompared: z.strictObject({
    withoutArguments: z.number(),
    refusedBefore: z.number(),
    deniedElsewhere: z.number(),
    untold: z.number(),
    damagedLines: z.number(),
  }),
  notes: z.strictObject({
    undeclared: z.number(),
    redeemed: z.number(),
    rewritten: z.number(),
    judged: z.number(),
    forgotten: z.number(),
  }),
});
export type SimulationJson = z.output<typeof simulationSchema>;

export function simulationToJson(simulated: Simulated): SimulationJson {
  const { tally, candidate, against = null, window, notes, damages } = simulated;
  const { withoutArguments, refusedBefore, deniedElsewhere } = notes;
  const { undeclared, untold, redeemed, rewritten, judged, forgotten } = notes;
  const isLoosened = tally.loosened > 0 && !simulated.allowsLoosening;
  return {
    ok: !isLoosened && damages === 0 && tally.calls > 0,
    candidate,
    against,
    since: toIso(window?.sinceMs),
    until: toIso(window?.untilMs),
    compared: tally.calls,
    loosened: tally.loosened,
    totals: tally.totals,
    changes: { ...tally.byKind },
    byRule: tally.byRule.map((change) => ({
      ...change,
      from: change.from ?? null,
      to: change.to ?? null,
    })),
    byRuleIsCut: tally.isCut,
    examples: changeKinds.flatMap((each) =>
      tally.examples[each].map((compared) => ({
        kind: each,
        ...exampleToJson(compared, simulated.showsArgs),
      })),
    ),
    notCompared: {
      withoutArguments,
      refusedBefore,
      // of no matter where another set is asked instead of the record
      deniedElsewhere: against === null ? deniedElsewhere : 0,
      untold,
      damagedLines: damages,
    },
    notes: { undeclared, redeemed, rewritten, judged, forgotten },
  };
}

function exampleToJson({ recorded, before, after }: Compared, showsArgs: boolean) {
  const { call, facts } = recorded;
  return {
    call: call.id,
    time: toIso(facts.nowMs) ?? '',
    tool: call.tool,
    action: call.action,
    agent: call.seat.agent.id,
    session: call.seat.session.id,
    args: showsArgs ? shortValues(call.args) : Object.keys(asObject(call.args)).slice(0, maxArgs),
    before: rulingToJson(before),
    after: rulingToJson(after),
  };
}

function rulingToJson({ verdict: said, rule, code }: Ruling) {
  return { verdict: said, rule: rule ?? null, code };
}

const maxArgs = 20;
const maxChars = 60;

/** The beginning of each value, as JSON. */
function shortValues(args: Compared['recorded']['call']['args']) {
  const shown: { [name: string]: string } = Object.create(null);
  for (const [name, value] of Object.entries(asObject(args)).slice(0, maxArgs)) {
    const text = JSON.stringify(value);
    shown[name] = text.length > maxChars ? `${text.slice(0, maxChars).toWellFormed()}…` : text;
  }
  return shown;
}

function asObject(args: Compared['recorded']['call']['args']): JsonObject {
  return isJsonObject(args) ? args : { '(arguments)': args };
}

function toIso(ms: number | undefined): string | null {
  if (ms === undefined || !Number.isFinite(ms)) return null;
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
