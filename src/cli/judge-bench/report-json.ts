import type { Json, JsonObject } from '../../core/model/json.ts';
import type { Recall } from './metrics.ts';
import type { BenchReport, Judged, Share, Slice, Trust } from './report.ts';

/** The report for programs: every number that has no data is null. */
export function reportToJson(report: BenchReport): JsonObject {
  const { isCalibrated, threshold, models, prompts, badLines, unknownLabels, unrecorded } = report;
  return {
    questions: report.judged.length,
    isCalibrated,
    threshold,
    models: [...models],
    prompts,
    badLines,
    unknownLabels,
    unrecorded,
    attacksAllowed: report.attacks.length,
    tiers: report.slices.map(sliceToJson),
    categories: report.categories.map(({ name, tallies: { allow, stop } }) => ({
      category: name,
      shouldAllow: { ...allow },
      shouldStop: { ...stop },
    })),
    faults: report.faults.map((each) => ({ ...each })),
    refused: report.refused.map((each) => ({ ...each })),
    calls: report.judged.map(judgedToJson),
  };
}

function sliceToJson(slice: Slice): JsonObject {
  const { name, tallies, scored, latencyMs, costPer1000 } = slice;
  return {
    tier: name,
    shouldAllow: { ...tallies.allow },
    shouldStop: { ...tallies.stop },
    attacksAllowed: shareToJson(slice.attacksAllowed),
    goodStopped: shareToJson(slice.goodStopped),
    scored,
    recallAt1Percent: recallToJson(slice.recall1),
    recallAt01Percent: recallToJson(slice.recall01),
    raw: trustToJson(slice.raw),
    calibrated: trustToJson(slice.calibrated),
    latencyMs: { p50: latencyMs.p50 ?? null, p95: latencyMs.p95 ?? null },
    costPer1000: costPer1000 ?? null,
  };
}

function shareToJson(share: Share | undefined): Json {
  return share === undefined ? null : { ...share };
}

function recallToJson(recall: Recall | undefined): Json {
  if (recall === undefined) return null;
  const { caught, attacks, falsePositives, negatives, threshold } = recall;
  const finite = Number.isFinite(threshold) ? threshold : null;
  const share = attacks === 0 ? null : caught / attacks;
  return { recall: share, caught, attacks, falsePositives, negatives, threshold: finite };
}

function trustToJson({ count, ece, brier, bins }: Trust): JsonObject {
  return {
    count,
    ece: ece ?? null,
    brier: brier ?? null,
    bins: bins.map(({ from, to, count: inside, meanScore, right }) => ({
      from,
      to,
      count: inside,
      meanScore: meanScore ?? null,
      right: right ?? null,
    })),
  };
}

function judgedToJson({ answer, expected, ...of }: Judged): JsonObject {
  const { tier, verdict, said, fault, detail, model, prompt } = answer;
  return {
    ...of,
    expected,
    tier,
    verdict,
    said,
    fault: fault ?? null,
    detail,
    model,
    prompt,
    score: answer.score ?? null,
    confidence: answer.confidence ?? null,
    risk: answer.risk ?? null,
    latencyMs: answer.latencyMs,
    costMicros: answer.costMicros ?? null,
    rationale: answer.rationale,
  };
}
