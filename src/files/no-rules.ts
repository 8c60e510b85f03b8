import { SupervisionError } from '../core/model/errors.ts';
import { createRuleSet } from '../core/rules/rule-set.ts';
import type { RuleHistory } from './rule-history.ts';
import type { RuleKeeper } from './rule-keeper.ts';

/** Stands for rules where no call is decided: an empty set that denies all, reads no file and writes no entry. */
export function createNoRules(history: RuleHistory): RuleKeeper {
  const set = createRuleSet({
    version: 'none',
    files: [],
    rules: [],
    defaults: { approval: 'deny', onError: 'deny' },
  });
  return {
    current: () => set,
    problems: () => [],
    folder: noRules,
    paths: () => [],
    waiting: () => undefined,
    frozen: () => undefined,
    disk: () => undefined,
    history,
    accept: refuse,
    rollback: refuse,
    pin: refuse,
    hold: refuse,
    release: refuse,
    start: async () => undefined,
    reload: refuse,
    close: async () => undefined,
  };
}

async function refuse(): Promise<never> {
  noRules();
}

function noRules(): never {
  throw new SupervisionError(
    'RULES_INVALID',
    'the data folder was opened without rules; name them in `ringfence.yaml`',
  );
}
