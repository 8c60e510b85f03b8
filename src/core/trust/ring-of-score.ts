import type { Ring } from '../model/tool.ts';

/**
 * The ring that a score alone reaches: 2 above 0.60, else 3 (spec: rings). Strict thresholds; a score that is
 * missing, NaN or outside 0..1 is ring 3. Ring 1 also takes consensus and ring 0 a witness: never a score.
 */
export function ringOfScore(score: number | undefined): Ring {
  if (score === undefined || !(score >= 0 && score <= 1)) return 3;
  return score > 0.6 ? 2 : 3;
}
