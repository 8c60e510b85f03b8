import { resolve } from 'node:path';
import { z } from 'zod';

const file = z.string().min(1).max(4096);
/** Nothing invisible, and no blank around it: a provider would say that there is no such model, call by call. */
const model = z
  .string()
  .regex(
    /^(?!\p{Z})[^\p{C}\p{Zl}\p{Zp}]{1,256}(?<!\p{Z})$/u,
    'expected the name of a model; write it as the provider does, such as `gpt-4.1`, without blanks around it',
  );
const milliseconds = z.int().min(1).max(600_000);
const count = z.int().min(0).max(1_000_000_000);
const money = z.number().min(0).max(1_000_000_000);

/** What a model costs and may cost: in one currency, whichever; prices are for a million tokens. */
const price = z.strictObject({ input: money, output: money });
const budget = z.strictObject({
  calls_per_session: count.optional(),
  calls_per_day: count.optional(),
  cost_per_session: money.optional(),
  cost_per_day: money.optional(),
});

/** Whether the models take a parameter at all: its value is not for a file to choose. */
const taken = z.boolean('expected `false` for models that do not take it, else leave it out');

/** How the judging model is asked; the key of the provider comes from the environment, never from a file. */
const judgeSchema = z.strictObject({
  provider: z.literal('openai', 'expected `openai`; give other models in code').optional(),
  base_url: z.url({ protocol: /^https?$/, error: 'expected a URL of http or https' }).optional(),
  api: z.enum(['responses', 'chat']).optional(),
  temperature: taken.optional(),
  logprobs: taken.optional(),
  stage1_model: model.optional(),
  second_opinion_model: model.optional(),
  policy_file: file.optional(),
  calibration_file: file.optional(),
  on_unavailable: z.enum(['review', 'deny']).optional(),
  stage1_ms: milliseconds.optional(),
  stage2_ms: milliseconds.optional(),
  max_output_tokens: z.int().min(1).max(1_000_000).optional(),
  samples: z.int().min(1).max(15).optional(),
  canary_every: z.int().min(0).max(1_000_000).optional(),
  cache_seconds: z.int().min(0).max(86_400).optional(),
  summaries: z.boolean().optional(),
  prices: z.record(z.string(), price).optional(),
  budget: budget.optional(),
});

/** The keys of the configuration that speak of the judging model. */
export const judgeKeys = {
  supervisor: z.enum(['rule_based', 'llm', 'hybrid']).optional(),
  llm_model: model.optional(),
  confidence_threshold: z.number().min(0).max(1).optional(),
  prompts: file.optional(),
  llm: judgeSchema.optional(),
};

type Source = z.output<z.ZodObject<typeof judgeKeys>>;

export const judgeSubkeys = {
  llm: Object.keys(judgeSchema.shape),
  'llm.budget': Object.keys(budget.shape),
};

/** A judging model as the file says; paths are absolute, money in millionths. */
export interface JudgeConfig {
  readonly supervisor: 'llm' | 'hybrid';
  readonly model: string;
  readonly stage1Model?: string;
  readonly secondOpinionModel?: string;
  readonly baseUrl?: string;
  readonly api?: 'responses' | 'chat';
  /** False: the models take none. */
  readonly temperature?: boolean;
  readonly logprobs?: boolean;
  /** As `JudgeSettings` has them. */
  readonly settings: {
    readonly atLeast?: { readonly medium: readonly string[]; readonly high: readonly string[] };
    readonly policyFile?: string;
    readonly calibrationFile?: string;
    readonly prompts?: string;
    readonly confidenceThreshold?: number;
    readonly onUnavailable?: 'review' | 'deny';
    readonly stage1Ms?: number;
    readonly stage2Ms?: number;
    readonly maxOutputTokens?: number;
    readonly samples?: number;
    readonly cacheMs?: number;
    readonly summaries?: boolean;
    readonly canaries?: { readonly every: number };
    readonly prices?: Readonly<Record<string, { inputMicros: number; outputMicros: number }>>;
    readonly budget?: {
      readonly calls: { readonly perSession?: number; readonly perDay?: number };
      readonly micros: { readonly perSession?: number; readonly perDay?: number };
    };
  };
}

/** Keys that contradict each other: a setting that does nothing looks like protection. */
export function findJudgeFault(
  source: Source,
): { readonly key: string; readonly message: string } | undefined {
  const { supervisor = 'rule_based' } = source;
  if (supervisor !== 'rule_based') {
    if (source.llm_model !== undefined) return undefined;
    const message = `\`supervisor: ${supervisor}\` needs a model; name it as \`llm_model\``;
    return { key: 'supervisor', message };
  }
  const idle = (['llm_model', 'confidence_threshold', 'prompts', 'llm'] as const).find(
    (key) => source[key] !== undefined,
  );
  if (idle === undefined) return undefined;
  const message = `\`${idle}\` does nothing without \`supervisor: hybrid\` or \`supervisor: llm\`; add it, or leave \`${idle}\` out`;
  return { key: idle, message };
}

/** Undefined where rules and persons decide alone. */
export function toJudgeConfig(
  folder: string,
  source: Source,
  atLeast: JudgeConfig['settings']['atLeast'],
): JudgeConfig | undefined {
  const { supervisor = 'rule_based', llm_model: model, llm = {} } = source;
  if (supervisor === 'rule_based' || model === undefined) return undefined;
  const path = (given: string | undefined) => given && resolve(folder, given);
  return {
    supervisor,
    model,
    ...given({
      stage1Model: llm.stage1_model,
      secondOpinionModel: llm.second_opinion_model,
      baseUrl: llm.base_url,
      api: llm.api,
      temperature: llm.temperature,
      logprobs: llm.logprobs,
    }),
    settings: given({
      atLeast,
      policyFile: path(llm.policy_file),
      calibrationFile: path(llm.calibration_file),
      prompts: path(source.prompts),
      confidenceThreshold: source.confidence_threshold,
      onUnavailable: llm.on_unavailable,
      stage1Ms: llm.stage1_ms,
      stage2Ms: llm.stage2_ms,
      maxOutputTokens: llm.max_output_tokens,
      samples: llm.samples,
      cacheMs: llm.cache_seconds === undefined ? undefined : llm.cache_seconds * 1000,
      summaries: llm.summaries,
      canaries: llm.canary_every === undefined ? undefined : { every: llm.canary_every },
      prices: llm.prices && toPrices(llm.prices),
      budget: llm.budget && toBudget(llm.budget),
    }),
  };
}

const micros = 1_000_000;

function toPrices(prices: Readonly<Record<string, z.output<typeof price>>>) {
  const entries = Object.entries(prices).map(([name, { input, output }]) => {
    const each = {
      inputMicros: Math.ceil(input * micros),
      outputMicros: Math.ceil(output * micros),
    };
    return [name, each] as const;
  });
  return Object.fromEntries(entries);
}

function toBudget(source: z.output<typeof budget>) {
  const toMicros = (amount: number | undefined) =>
    amount === undefined ? undefined : Math.floor(amount * micros);
  return {
    calls: given({ perSession: source.calls_per_session, perDay: source.calls_per_day }),
    micros: given({
      perSession: toMicros(source.cost_per_session),
      perDay: toMicros(source.cost_per_day),
    }),
  };
}

/** exactOptionalPropertyTypes: what was not given must not be there at all. */
function given<T extends object>(all: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = { ...all };
  for (const key in kept) if (kept[key] === undefined) delete kept[key];
  return kept;
}
