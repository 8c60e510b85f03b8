import { z } from 'zod';
import { judgeKeys, judgeSubkeys } from './judge-config.ts';

const seconds = z.int().min(1).max(2_592_000);
const toolName = z.string().min(1).max(512);
const toolNames = z.array(toolName).max(10_000).optional();
const rate = z.strictObject({
  per_second: z.number().positive().max(1_000_000),
  burst: z.int().min(1).max(1_000_000),
});

const sides = z
  .array(z.enum(['args', 'result']))
  .min(1)
  .max(2)
  .optional();
const detection = { mode: z.enum(['redact', 'refuse']).optional(), on: sides };
const chars = z.int().min(1).max(1_000_000_000).optional();
const words = z.array(z.string().min(1).max(512)).min(1).max(10_000);

/** Filters that need no code, each with the options of docs/filters.md. */
const filters = z.strictObject({
  pii: z
    .strictObject({
      ...detection,
      kinds: z
        .array(z.enum(['email', 'phone', 'card', 'iban', 'ssn', 'ip']))
        .min(1)
        .optional(),
    })
    .optional(),
  secrets: z.strictObject(detection).optional(),
  max_length: z
    .strictObject({
      max_string_chars: chars,
      max_total_chars: chars,
      mode: z.enum(['refuse', 'truncate']).optional(),
      on: sides,
    })
    .optional(),
  html_escape: z.strictObject({ on: sides }).optional(),
  sql_read_only: z
    .strictObject({
      args: words.optional(),
      dialect: z.enum(['any', 'postgresql']).optional(),
      functions: words.optional(),
    })
    .optional(),
  url_allowlist: z
    .strictObject({
      domains: words,
      schemes: z
        .array(z.enum(['http', 'https', 'ws', 'wss', 'ftp']))
        .min(1)
        .optional(),
      on: sides,
    })
    .optional(),
  brand_guidelines: z.strictObject({ file: z.string().min(1).max(4096), on: sides }).optional(),
});

/** The keys of a configuration file, as in the source; every one of them does something. */
export const configSchema = z.strictObject({
  ...judgeKeys,
  rules_file: z.string().min(1).max(4096),
  audit_log: z.string().min(1).max(4096).optional(),
  env: z.string().min(1).max(256).optional(),
  approval_settings: z
    .strictObject({
      default_timeout: seconds.optional(),
      max_pending_actions: z.int().min(1).max(10_000).optional(),
      require_confirmation: z.boolean().optional(),
    })
    .optional(),
  risk_categories: z
    .strictObject({ critical: toolNames, high: toolNames, medium: toolNames, low: toolNames })
    .optional(),
  rates: z
    .strictObject({
      '0': rate.optional(),
      '1': rate.optional(),
      '2': rate.optional(),
      '3': rate.optional(),
    })
    .optional(),
  activate: z.enum(['immediately', 'tightening']).optional(),
  filters: filters.optional(),
});
export type ConfigSource = z.output<typeof configSchema>;
export type FilterSource = z.output<typeof filters>;

/** Every known key, where it may stand. */
export const knownKeys: { readonly [parent: string]: readonly string[] } = {
  '': Object.keys(configSchema.shape),
  approval_settings: ['default_timeout', 'max_pending_actions', 'require_confirmation'],
  risk_categories: ['critical', 'high', 'medium', 'low'],
  rates: ['0', '1', '2', '3'],
  ...judgeSubkeys,
  filters: Object.keys(filters.shape),
  ...Object.fromEntries(
    Object.entries(filters.shape).map(([name, options]) => [
      `filters.${name}`,
      Object.keys(options.unwrap().shape),
    ]),
  ),
};

/** Keys of parts that are planned: refused by name, since a setting that does nothing looks like protection. */
export const plannedKeys: ReadonlySet<string> = new Set([
  'alerts',
  'anchor',
  'anchors',
  'dashboard',
  'gossip',
  'llm_api_key',
  'llm_provider',
  'metrics',
  'notifications',
  'postgres',
  'prompt_file',
  'prompts_dir',
  'prompts_file',
  'redis',
  'retention',
  'server',
  'slack',
  'telemetry',
  'tracing',
  'webhooks',
  'witness',
  'witnesses',
]);
