import type { Ids } from '../core/model/ports.ts';
import type { CanaryOptions } from '../core/supervisors/judge/canaries.ts';
import type { CanaryCase } from '../core/supervisors/judge/canary.ts';
import { canaryCases } from '../core/supervisors/judge/canary-cases.ts';
import { createDraw } from '../core/supervisors/judge/draw.ts';
import { checkWhole, invalid, type CanarySettings } from './settings.ts';

const maxName = 64;

/** Undefined where none are wanted. Throws `CONFIG_INVALID`: canaries that cannot be put look like protection. */
export function toCanaryOptions(
  { every = 200, recover = 3, cases = canaryCases }: CanarySettings,
  ids: Ids,
): CanaryOptions | undefined {
  checkWhole('canaries.every', every, 0, 1_000_000);
  checkWhole('canaries.recover', recover, 1, 100);
  if (every === 0) return undefined;
  if (cases.length === 0) {
    throw invalid('`judge.canaries.cases` is empty; leave it out for those that ship');
  }
  const names = new Set<string>();
  for (const one of cases) {
    checkCase(one, names, ids);
    names.add(one.name);
  }
  return { every, recover, cases };
}

function checkCase(one: CanaryCase, others: ReadonlySet<string>, ids: Ids): void {
  const { name } = one;
  if (typeof name !== 'string' || name === '' || name.length > maxName || others.has(name)) {
    throw invalid(
      `\`judge.canaries.cases\`: each needs a name of its own, of 1 to ${maxName} characters`,
    );
  }
  try {
    one.make(createDraw(ids));
  } catch {
    throw invalid(`\`judge.canaries.cases\`: \`make\` of \`${name}\` throws; mend it`);
  }
}
