import {
  calibrationSchema,
  fitCurve,
  minLabels,
  type Curve,
  type CurveKey,
} from '../../core/supervisors/judge/calibration.ts';
import { isRight, type Judged } from './report.ts';

interface Labelled {
  readonly key: CurveKey;
  readonly score: number;
  readonly isRight: boolean;
}

/** One curve for each judge, tier and verdict, from every judgement that has a score. */
export function fitCurves(judged: readonly Judged[]): readonly Curve[] {
  const labelled = judged.flatMap(toLabelled);
  const groups = Map.groupBy(labelled, ({ key }) => nameOf(key));
  return [...groups]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, all]) => {
      const [first] = all;
      if (first === undefined) return [];
      return [{ ...first.key, labels: all.length, points: [...thin(fitCurve(all))] }];
    });
}

/** The text of a calibration file. */
export function showCalibration(curves: readonly Curve[]): string {
  const file = calibrationSchema.parse({ version: 1, curves });
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

/** Curves of allowed calls that say nothing yet, in words: such a judge still allows nothing there. */
export function tellTooFew(judged: readonly Judged[], curves: readonly Curve[]): readonly string[] {
  const judges = new Map(
    judged.flatMap(({ answer: { judges: asked, tier } }) =>
      asked.map(({ model, prompt, samples }) => {
        const key = { model, prompt, samples, tier, verdict: 'allow' } as const;
        return [nameOf(key), key] as const;
      }),
    ),
  );
  return [...judges].flatMap(([name, { model, prompt, tier }]) => {
    const labels = curves.find((curve) => nameOf(curve) === name)?.labels ?? 0;
    if (labels >= minLabels) return [];
    const judge = `\`${model}\`, prompt ${prompt.slice(0, 12)}, tier ${tier}`;
    return [`${judge}: ${labels} labelled calls that it would allow, ${minLabels} are needed`];
  });
}

function toLabelled({ answer: { judges, tier }, expected }: Judged): readonly Labelled[] {
  return judges.flatMap((judge) => {
    if (!('verdict' in judge)) return [];
    const { model, prompt, samples, verdict, score } = judge;
    if (score === undefined || !(score >= 0 && score <= 1)) return [];
    return [
      {
        key: { model, prompt, samples, tier, verdict },
        score,
        isRight: isRight(verdict, expected),
      },
    ];
  });
}

function nameOf({ model, prompt, samples, tier, verdict }: CurveKey): string {
  return JSON.stringify([model, prompt, samples, tier, verdict]);
}

/** What a calibration file may hold of a curve. */
const maxPoints = 1000;

/** Of points that are close, the lower: so a curve never says more than it knows. */
function thin(points: Curve['points']): Curve['points'] {
  const step = Math.ceil(points.length / maxPoints);
  return points.filter((_, index) => index % step === 0);
}
