import { lintRules } from '../../src/core/rules/lint/lint.ts';
import { round, toFigure, type Figure, type Suite } from '../figure.ts';
import { fullRules } from '../generated-rules.ts';
import { median } from '../statistics.ts';

const budgetMs = 5_000;

/** Every finding over rules files that load, from their text to the places in it. */
export const lint: Suite = {
  figures: ['rules.lint'],
  isShort: true,
  measure({ short }): Promise<readonly Figure[]> {
    const figures = [1_000, 10_000].map((count) => {
      const text = JSON.stringify({ rules: fullRules(count) });
      const samples = Array.from({ length: short ? 1 : 5 }, () => {
        const started = performance.now();
        lintRules([{ name: 'bench.json', text }]);
        return performance.now() - started;
      });
      const met = round(median(samples)) <= budgetMs;
      return toFigure(`rules.lint.${count}`, 'ms', samples, { bar: `p50 of ${budgetMs} ms`, met });
    });
    return Promise.resolve(figures);
  },
};
