import type { Seat } from '../core/model/call.ts';
import type { Decision, Outcome } from '../core/model/decision.ts';
import { lexicalPath } from '../core/rules/path-text.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import { createRuleBasedSupervisor } from '../core/supervisors/rule-based.ts';
import {
  openRecordedWorld,
  recordedApprovalMs,
  type RecordedWorld,
  type Submitted,
  type WorldOptions,
} from './replay-world.ts';
import type { TraceRow } from './trace-row.ts';

/** Counters and clock outlive the generation: limits and time go on. */
export type GenerationOptions = Omit<WorldOptions, 'supervisors'> & { readonly rules: RuleSet };

/** What became of a recorded call. */
export interface Judged extends Pick<Submitted, 'action' | 'isRead'> {
  readonly decision: Decision;
}

/** A recorded world in which rules decide. */
export interface Generation extends Pick<RecordedWorld, 'seat' | 'undeclared' | 'close'> {
  /** Feeds one call through the pipeline. */
  submit(seat: Seat, row: Pick<TraceRow, 'tool' | 'args' | 'result'>): Promise<Judged>;
}

/** Recorded paths are of another machine and another time: taken as they are written, without links. */
const recordedPaths = { realPath: async (path: string) => lexicalPath(path), home: '~' };

export async function openGeneration(options: GenerationOptions): Promise<Generation> {
  const { rules } = options;
  let decided: Decision | undefined;
  const watched: RuleSet = {
    ...rules,
    decide: (call, facts) => (decided = rules.decide(call, facts)),
  };
  const approvalMs = recordedApprovalMs;
  const world = await openRecordedWorld({
    ...options,
    supervisors: [
      createRuleBasedSupervisor({ current: () => watched, approvalMs, paths: recordedPaths }),
    ],
  });
  return {
    get undeclared() {
      return world.undeclared;
    },
    seat: world.seat,
    async submit(seat, row) {
      decided = undefined;
      const { outcome, action, isRead } = await world.submit(seat, row);
      return { decision: decisionOf(outcome, decided), action, isRead };
    },
    close: world.close,
  };
}

/** An outcome tells why a call did not run; of one that ran, the rules have told. */
function decisionOf<R>(outcome: Outcome<R>, decided: Decision | undefined): Decision {
  if (outcome.status === 'refused' || outcome.status === 'pending') return outcome.why;
  if (decided !== undefined) return decided;
  throw new TypeError('a call ran that no rule decided');
}
