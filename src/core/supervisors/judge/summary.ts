import { z } from 'zod';
import type { CallSummary } from '../../model/decision.ts';
import type { Clock, Ids } from '../../model/ports.ts';
import type { PromptSet } from '../../model/prompt.ts';
import { askPrompt, type Filled } from '../ask-prompt.ts';
import type { Budget } from './budget.ts';
import { collectEvidence } from './evidence.ts';
import type { JudgeFault, JudgeQuestion } from './judgement.ts';
import type { StageOptions } from './stage-options.ts';

/** What the prompt `approver-summary` asks for. */
const form = z.strictObject({
  summary: z.string().min(1).max(2000),
  warnings: z.array(z.string().max(500)).max(10),
});

export type Summarized =
  | { readonly ok: true; readonly summary: CallSummary }
  /** `detail` is for operators; holds none of the model's words. */
  | { readonly ok: false; readonly fault: JudgeFault; readonly detail: string };

/** Tells a person in a few sentences what a call would do. Decides nothing, never rejects; `facts.signal` ends it. */
export type Summarizer = (question: Pick<JudgeQuestion, 'call' | 'facts'>) => Promise<Summarized>;

export interface SummarizerOptions {
  readonly prompts: () => PromptSet;
  readonly how: Omit<StageOptions, 'samples'>;
  readonly budget?: Budget;
  readonly clock: Clock;
  readonly ids: Ids;
}

export function createSummarizer(options: SummarizerOptions): Summarizer {
  return async (question) => {
    try {
      const filled = await ask(options, question);
      if (!filled.ok) return { ok: false, fault: filled.fault, detail: filled.detail };
      const { summary: text, warnings } = filled.value;
      return { ok: true, summary: { text, warnings, model: options.how.model.name } };
    } catch {
      // counters, log or prompts that fail: a person decides without it
      return { ok: false, fault: 'unavailable', detail: 'the summary could not be asked for' };
    }
  };
}

async function ask(
  { prompts, how, budget, clock, ids }: SummarizerOptions,
  { call, facts }: Pick<JudgeQuestion, 'call' | 'facts'>,
): Promise<Filled<z.output<typeof form>>> {
  const { model, deadlineMs, maxOutputTokens, price } = how;
  const prompt = prompts().find('approver-summary');
  const question = { call, facts, rulesVersion: '', rules: [] };
  const evidence = collectEvidence(question, { policy: '' });
  const values = { facts: evidence.facts, arguments: evidence.arguments };
  const paid = await budget?.spend({
    session: call.seat.session.id,
    price: price ?? { inputMicros: 0, outputMicros: 0 },
    request: { messages: prompt.render(values, ids.id()), schema: form, maxOutputTokens },
    nowMs: clock.nowMs(),
  });
  if (paid?.ok === false) return { ok: false, fault: 'budget', detail: 'the budget is used up' };
  const filled = await askPrompt(
    {
      model,
      prompt,
      values,
      form,
      formName: 'summary',
      maxOutputTokens,
      deadlineMs,
      signal: facts.signal,
      ...(paid === undefined ? {} : { again: paid.again }),
    },
    { clock, ids },
  );
  await paid?.settle(filled.usage);
  return filled;
}
