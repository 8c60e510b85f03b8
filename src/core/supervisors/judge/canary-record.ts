import type { JsonObject } from '../../model/json.ts';
import { culpritsOf, type CanaryAnswer } from './canary-answer.ts';
import type { Answered } from './questioner.ts';
import { createTrust } from './trust.ts';

export interface CanaryRecordOptions {
  /** Canaries in a row that must be refused before a judge that allowed one is trusted again: 1 or more. */
  readonly recover: number;
  /** What was allowed before a restart and not refused since; left out: the judge is trusted. */
  readonly failedBefore?: readonly string[] | undefined;
  /** Trust was lost over these cases, or is restored (undefined): kept over a restart. */
  readonly keep?: (failed: readonly string[] | undefined) => Promise<void>;
  readonly emit: (name: string, event: JsonObject) => void;
  /** Trust was lost or restored: what was answered before counts no longer. */
  readonly onTurn: () => void;
}

/** What canaries have shown of a judge so far. */
export interface CanaryRecord {
  readonly isTrusted: boolean;
  /** Cases that were allowed and not refused since. */
  readonly failed: readonly string[];
  /** Takes effect at once; resolves once it is kept. */
  add(name: string, answer: CanaryAnswer): Promise<void>;
  problems(): readonly string[];
}

/** Canaries in a row without an answer, from which on health says so. */
const maxUnanswered = 3;
const reason = 'the model allowed a call that must be refused; its allows are reviews now';

export function createCanaryRecord(options: CanaryRecordOptions): CanaryRecord {
  const { recover, emit, onTurn, keep } = options;
  const trust = createTrust(recover, options.failedBefore);
  const culprits = new Set<string>();
  let unanswered: readonly string[] = [];

  const lose = async (name: string, answered: Answered): Promise<void> => {
    const models = culpritsOf(answered);
    for (const model of models) culprits.add(model);
    // a judge that goes on like this is told of once
    if (!trust.fail(name)) return;
    onTurn();
    const { tier } = answered;
    emit('judge.canary_failed', { case: name, tier, model: models.join(', '), reason });
    await keep?.(trust.failed);
  };
  const regain = async (name: string): Promise<void> => {
    if (!trust.pass(name)) return;
    onTurn();
    emit('judge.trust_restored', { model: [...culprits].join(', ') });
    culprits.clear();
    await keep?.(undefined);
  };
  return {
    get isTrusted() {
      return trust.isKept;
    },
    get failed() {
      return trust.failed;
    },
    async add(name, answer) {
      unanswered =
        answer.status === 'unanswered' ? [...unanswered, answer.reason].slice(-maxUnanswered) : [];
      if (answer.status === 'failed') await lose(name, answer.answered);
      if (answer.status === 'passed') await regain(name);
    },
    problems: () => [
      ...(trust.isKept ? [] : [describeLoss([...culprits], trust.failed, recover)]),
      ...(unanswered.length < maxUnanswered ? [] : [describeMiss(unanswered)]),
    ],
  };
}

function describeLoss(
  models: readonly string[],
  failed: readonly string[],
  recover: number,
): string {
  const who = models.length === 0 ? 'the judging model' : `the model \`${models.join('`, `')}\``;
  const over = failed.length === 0 ? '' : ` (canary \`${failed.join('`, `')}\`)`;
  return `${who} allowed a call that must be refused${over}, so its allows are reviews until ${recover} canaries in a row were refused; look at the policy, the prompts and the provider, or take another model`;
}

function describeMiss(reasons: readonly string[]): string {
  const last = reasons.at(-1) ?? '';
  return `the last ${reasons.length} canaries got no answer (${last}), so nothing shows that the model still refuses what it must; look at the model and its budget`;
}
