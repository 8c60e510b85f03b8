import type { Figure } from './figure.ts';

const units = { us: 'µs', ms: 'ms', bytes: 'bytes' } as const;

/** A figure as one line of JSON. */
export function toJsonLine(figure: Figure): string {
  return JSON.stringify(figure);
}

/** A figure as a person reads it. */
export function toTextLine(figure: Figure): string {
  const unit = units[figure.unit];
  const tail = figure.unit === 'us' || figure.unit === 'ms' ? `  p99 ${show(figure.p99)}` : '';
  const rest = [
    `${show(figure.p50)} ${unit}${tail}`,
    ...(figure.perSecond === 0 ? [] : [`${show(figure.perSecond)}/s`]),
    ...(figure.p95 === undefined ? [] : [`p95 ${show(figure.p95)}`]),
    ...(figure.max === undefined ? [] : [`max ${show(figure.max)}`]),
    ...(figure.ratio === undefined
      ? []
      : [
          `${show(figure.ratio)} x ${figure.peer === undefined ? `the floor (${show(figure.floor ?? Number.NaN)})` : 'ours'}`,
        ]),
    ...(figure.met === undefined ? [] : [`${figure.met ? 'meets' : 'MISSES'} ${figure.bar ?? ''}`]),
  ];
  return `${figure.name.padEnd(44)} ${rest.join('  ')}`;
}

function show(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 4 });
}
