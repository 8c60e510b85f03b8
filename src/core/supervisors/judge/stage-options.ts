import type { Model } from '../../model/model-port.ts';
import type { Price } from './budget.ts';

/** A model, and how it is asked. */
export interface StageOptions {
  readonly model: Model;
  /** Milliseconds: 1 or more. */
  readonly deadlineMs: number;
  /** Tokens: 1 or more. */
  readonly maxOutputTokens: number;
  /** Left out: costs nothing. */
  readonly price?: Price;
  /** Questions in all, 1 or more, where the provider gives no token probability: their agreement is the score. */
  readonly samples?: number;
}
