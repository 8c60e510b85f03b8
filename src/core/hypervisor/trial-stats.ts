import { z } from 'zod';
import type { Verdict } from '../model/decision.ts';
import { isJsonArray, isJsonObject, toText, type Json, type JsonObject } from '../model/json.ts';
import type { EntryBody } from '../model/ports.ts';
import type { RolloutPlan } from '../rules/rollout-plan.ts';
import { addTook, newSideCounts, sideCountsSchema, type SideCounts } from './trial-counts.ts';
import { newWeighed, weighCall, weighedSchema, weighEnd, type Weighed } from './weighed.ts';

const sideSchema = z.enum(['candidate', 'control', 'shadow']);
type Side = z.infer<typeof sideSchema>;
const verdictSchema = z.enum(['allow', 'review', 'deny']);

const armSchema = z.object({
  rule: z.string(),
  ruleHash: z.string(),
  side: sideSchema,
  would: verdictSchema.exactOptional(),
  drawn: z
    .string()
    .regex(/^[0-9a-f]{12}$/)
    .exactOptional(),
});
type Arm = z.infer<typeof armSchema>;

/** Of a call that has not ended: `weighed` where the way back looks at it. */
const openArmSchema = armSchema.extend({ weighed: z.boolean() });
type OpenArm = z.infer<typeof openArmSchema>;

const trialSchema = z.object({
  rule: z.string(),
  ruleHash: z.string(),
  sides: z.partialRecord(sideSchema, sideCountsSchema),
  weighed: z.object({ candidate: weighedSchema, control: weighedSchema }),
});

const snapshotSchema = z.object({
  trials: z.array(trialSchema),
  open: z.array(z.tuple([z.string(), z.array(openArmSchema)])),
});

/** One wording of a rule on trial, with what is known of it. */
export interface Trial {
  readonly rule: string;
  readonly ruleHash: string;
  readonly sides: Partial<Record<Side, SideCounts>>;
  readonly weighed: { readonly candidate: Weighed; readonly control: Weighed };
}

/** Counts what the action log says of rules on trial: the same entries give the same numbers, live or read again. */
export interface TrialStats {
  /** Takes the next entry; the trials that it speaks of. */
  apply(body: EntryBody): readonly Trial[];
  /** Whether `apply` would do anything with the entry. */
  concerns(body: EntryBody): boolean;
  list(): readonly Trial[];
  forget(ruleHash: string): void;
  snapshot(): JsonObject;
  /** False, and nothing is changed, for what is no snapshot. */
  restore(snapshot: Json | undefined): boolean;
}

const maxTrials = 1000;
const maxOpen = 10_000;

export function createTrialStats(
  planOf: (ruleHash: string) => RolloutPlan | undefined,
): TrialStats {
  const trials = new Map<string, Trial>();
  const open = new Map<string, readonly OpenArm[]>();

  const trialOf = ({ rule, ruleHash }: Arm): Trial => {
    let trial = trials.get(ruleHash);
    if (trial === undefined) {
      trial = newTrial(rule, ruleHash);
      trials.set(ruleHash, trial);
      dropOldest(trials, maxTrials);
    }
    return trial;
  };
  const sideOf = (trial: Trial, { side }: Arm, nowMs: number): SideCounts => {
    const counts = (trial.sides[side] ??= newSideCounts(nowMs));
    counts.lastMs = nowMs;
    return counts;
  };
  const countCall = (body: EntryBody, verdict: Verdict, arm: Arm): OpenArm => {
    const tookMs = typeof body['tookMs'] === 'number' ? body['tookMs'] : Number.NaN;
    const trial = trialOf(arm);
    const side = sideOf(trial, arm, body.time);
    side.calls += 1;
    side.verdicts[verdict] += 1;
    if (arm.would !== undefined) side.would[arm.would] += 1;
    addTook(side, tookMs);
    const back = planOf(arm.ruleHash)?.back;
    if (back === undefined || arm.side === 'shadow') return { ...arm, weighed: false };
    const isDenied = verdict === 'deny';
    const call = { drawn: arm.drawn ?? '', isDenied, tookMs };
    return { ...arm, weighed: weighCall(trial.weighed[arm.side], call, back) };
  };
  const decide = (body: EntryBody): readonly Trial[] => {
    const verdict = verdictSchema.safeParse(body['verdict']).data;
    const call = toText(body['call']);
    if (verdict === undefined) return [];
    // an approved call comes back: it was counted when it was held
    const isBack = verdict !== 'review' && isFilled(body['approvals']);
    const arms = isBack
      ? (open.get(call) ?? [])
      : parseArms(body['arm']).map((arm) => countCall(body, verdict, arm));
    if (verdict === 'deny') open.delete(call);
    else open.set(call, arms);
    dropOldest(open, maxOpen);
    return arms.map(trialOf);
  };
  const finish = (body: EntryBody): readonly Trial[] => {
    const call = toText(body['call']);
    const arms = open.get(call) ?? [];
    const status = outcomeSchema.safeParse(body['status']).data;
    if (status === undefined) return [];
    open.delete(call);
    return arms.map((arm) => {
      const trial = trialOf(arm);
      sideOf(trial, arm, body.time).outcomes[status] += 1;
      if (arm.weighed && arm.side !== 'shadow' && status !== 'refused') {
        weighEnd(trial.weighed[arm.side], status !== 'done');
      }
      return trial;
    });
  };
  const answer = (body: EntryBody): readonly Trial[] => {
    const call = toText(body['call']);
    const arms = open.get(call) ?? [];
    if (body['state'] === 'denied') open.delete(call);
    return arms.flatMap((arm) => {
      const { would } = arm;
      if (would !== 'allow' && would !== 'deny') return [];
      const trial = trialOf(arm);
      const side = sideOf(trial, arm, body.time);
      if (would === body['verdict']) side.upheld += 1;
      else side.overturned += 1;
      return [trial];
    });
  };

  return {
    concerns: ({ type, ...fields }) =>
      type === 'call.decided'
        ? fields['arm'] !== undefined
        : open.size > 0 && callEnds.has(type) && open.has(toText(fields['call'])),
    apply(body) {
      switch (body.type) {
        case 'call.decided':
          return body['arm'] === undefined ? [] : decide(body);
        case 'call.finished':
          return finish(body);
        case 'approval.answered':
          return answer(body);
        case 'approval.expired':
          open.delete(toText(body['call']));
          return [];
        default:
          return [];
      }
    },
    list: () => [...trials.values()],
    forget: (ruleHash) => void trials.delete(ruleHash),
    // a copy: what is written down must not go on counting
    snapshot: () => {
      const copy = structuredClone({ trials: [...trials.values()], open: [...open] });
      return {
        trials: copy.trials.map(toJson),
        open: copy.open.map(([call, arms]) => [call, [...arms]]),
      };
    },
    restore(stored) {
      const parsed = snapshotSchema.safeParse(stored);
      if (!parsed.success) return false;
      for (const trial of parsed.data.trials) {
        trials.set(trial.ruleHash, trial);
      }
      for (const [call, arms] of parsed.data.open) open.set(call, arms);
      return true;
    },
  };
}

/** All of it is JSON as it stands. */
function toJson({ rule, ruleHash, sides, weighed }: Trial): JsonObject {
  return { rule, ruleHash, sides: { ...sides }, weighed: { ...weighed } };
}

const outcomeSchema = z.enum(['done', 'failed', 'unknown', 'refused']);
const callEnds: ReadonlySet<string> = new Set([
  'call.finished',
  'approval.answered',
  'approval.expired',
]);

function newTrial(rule: string, ruleHash: string): Trial {
  const weighed = { candidate: newWeighed(), control: newWeighed() };
  return { rule, ruleHash, sides: {}, weighed };
}

function parseArms(value: Json | undefined): readonly Arm[] {
  if (!isJsonArray(value)) return [];
  return value.flatMap((each) => {
    const arm = isJsonObject(each) ? armSchema.safeParse(each).data : undefined;
    return arm === undefined ? [] : [arm];
  });
}

function isFilled(value: Json | undefined): boolean {
  return isJsonArray(value) && value.length > 0;
}

/** Maps keep the order of insertion. */
function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
