import type { Facts, ToolCall } from '../../model/call.ts';
import type { JudgeReport, Verdict } from '../../model/decision.ts';
import type { LimitLeft } from './limits-left.ts';

/** Why a judge gave no answer that counts. None of them ever allows. */
export type JudgeFault = 'unavailable' | 'timeout' | 'invalid' | 'budget';

/** What a judge is asked: the call, what is known, and why it is grey. */
export interface JudgeQuestion {
  readonly call: ToolCall;
  readonly facts: Facts;
  /** Of the rules in force: part of the cache key. */
  readonly rulesVersion: string;
  /** Of the limits that count the call; left out: none are known. */
  readonly limits?: readonly LimitLeft[];
  /** The rules that leave room for a judge, by name, with what their owners wrote about them. */
  readonly rules: readonly { readonly name: string; readonly description: string }[];
}

/** What a judge says of a call. A fault has no verdict: whoever asked takes what was configured for it. */
export type Judgement =
  | {
      readonly verdict: Verdict;
      /** `JUDGE_PAUSED`: the model was not asked, a person takes over. */
      readonly code: 'JUDGE_ALLOWED' | 'JUDGE_REVIEW' | 'JUDGE_DENIED' | 'JUDGE_PAUSED';
      /** For the agent and for persons: our words, never the model's. */
      readonly reason: string;
      readonly report: JudgeReport;
    }
  | {
      readonly fault: JudgeFault;
      readonly code: 'JUDGE_UNAVAILABLE' | 'JUDGE_TIMEOUT' | 'JUDGE_INVALID' | 'JUDGE_BUDGET';
      readonly reason: string;
      readonly report: JudgeReport;
    };

/** Judges calls by a model. Never rejects: what goes wrong is a fault. */
export interface Judge {
  judge(question: JudgeQuestion): Promise<Judgement>;
  /** Forgets what it answered before: rules or prompts have changed. */
  forget(): void;
  /** Why it does not judge, for health; empty when it does. */
  problems(): readonly string[];
  /** Gives up every question under way: to whoever waits it is a fault. */
  close(): void;
}
