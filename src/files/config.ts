import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { SupervisionError } from '../core/model/errors.ts';
import type { Ring } from '../core/model/tool.ts';
import { nearestWord } from '../core/model/nearest-word.ts';
import {
  configSchema,
  knownKeys,
  plannedKeys,
  type ConfigSource,
  type FilterSource,
} from './config-schema.ts';
import { findJudgeFault, toJudgeConfig, type JudgeConfig } from './judge-config.ts';
import { checkPlaceOf } from './check-permissions.ts';
import { parseConfigText, type ConfigText, type Place } from './config-text.ts';
import { readSteady } from './read-steady.ts';

/** A configuration file's settings; paths are absolute, and what the file leaves out is left out, but for `auditLog`. */
export interface Config {
  /** The file itself, for the out-of-bounds check. */
  readonly path: string;
  /** A judging model beside the rules; left out: rules and persons alone. */
  readonly judge?: JudgeConfig;
  /** A folder or one file. */
  readonly rulesFile: string;
  /** The data folder: log, vault, records. Default `.ringfence` beside the file. */
  readonly auditLog: string;
  readonly env?: string;
  readonly approvalSettings: {
    /** How long an approval stays open: 1,000 to 2,592,000,000 milliseconds. */
    readonly defaultTimeoutMs?: number;
    /** Open approvals in all: 1 to 10,000. */
    readonly maxPendingActions?: number;
    /** Every call that would be allowed needs a person. */
    readonly requireConfirmation?: boolean;
  };
  /** Tools, or `tool.action`; for `critical` and `high` a person must approve. */
  readonly riskCategories: {
    readonly critical: readonly string[];
    readonly high: readonly string[];
    readonly medium: readonly string[];
    readonly low: readonly string[];
  };
  readonly rates: Partial<Record<Ring, { readonly perSecond: number; readonly burst: number }>>;
  readonly activate?: 'immediately' | 'tightening';
  /** As the file says; the path in it is absolute. */
  readonly filters?: FilterSource;
}

const maxConfigBytes = 1024 * 1024;

/**
 * Reads `ringfence.yaml`, `.yml` or `.json`. Throws CONFIG_INVALID naming file, line, column and key for every
 * mistake in it, for keys that are not built yet, and when others could write the file or put another in its place.
 */
export async function loadConfig(path: string): Promise<Config> {
  const absolute = resolve(path);
  const text = await readSteady(absolute, {
    maxBytes: maxConfigBytes,
    invalid: 'CONFIG_INVALID',
    unsafe: 'CONFIG_INVALID',
  });
  await checkPlaceOf(absolute, 'CONFIG_INVALID');
  const parsed = parseConfigText(absolute, text);
  if (!parsed.ok) throw invalid(absolute, parsed.problems);
  const { value, prefix } = unwrap(absolute, parsed.text);
  const checked = configSchema.safeParse(value);
  if (!checked.success) throw invalid(absolute, toProblems(checked.error, parsed.text, prefix));
  const fault = findJudgeFault(checked.data);
  if (fault !== undefined) {
    const place = parsed.text.locate([...prefix, fault.key], 'key');
    throw invalid(absolute, [{ place, message: fault.message }]);
  }
  return toConfig(absolute, checked.data);
}

interface Problem {
  readonly place: Place;
  readonly message: string;
}

/** The settings may stand below `hypervisor:`, as in the source, or at the top; not in both places. */
function unwrap(path: string, text: ConfigText): { value: unknown; prefix: readonly string[] } {
  const { value } = text;
  if (typeof value !== 'object' || value === null || !('hypervisor' in value))
    return { value, prefix: [] };
  const beside = Object.keys(value).find((key) => key !== 'hypervisor');
  if (beside === undefined) return { value: value.hypervisor, prefix: ['hypervisor'] };
  const message = plannedKeys.has(beside)
    ? notBuilt(beside)
    : `\`${plain(beside)}\` stands beside \`hypervisor\`; put it below`;
  throw invalid(path, [{ place: text.locate([beside], 'key'), message }]);
}

function toProblems(
  error: z.ZodError,
  text: ConfigText,
  prefix: readonly string[],
): readonly Problem[] {
  return error.issues.flatMap((issue): readonly Problem[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        place: text.locate([...path, key], 'key'),
        message: unknownKey(key, issue.path.map(String).join('.')),
      }));
    }
    const name = path.map(String).join('.');
    const message = issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
    const where = name === '' ? 'the file' : `\`${plain(name)}\``;
    return [{ place: text.locate(path, 'value'), message: `${where}: ${message}` }];
  });
}

function unknownKey(key: string, parent: string): string {
  if (plannedKeys.has(key)) return notBuilt(key);
  if (parent === 'filters' && key === 'content_moderation') {
    return '`content_moderation` needs a moderator, which only code can give; pass it in `filters`';
  }
  const known = knownKeys[parent] ?? ['per_second', 'burst'];
  const close = nearestWord(key, known);
  const remedy =
    close === undefined ? `known are ${known.join(', ')}` : `did you mean \`${close}\`?`;
  return `unknown key \`${plain(key)}\`; ${remedy}`;
}

function notBuilt(key: string): string {
  return `\`${key}\` is not built yet; leave it out`;
}

/** Keys are text from the file; none of it may break the message's line. */
function plain(key: string): string {
  return key.slice(0, 80).replaceAll(/[^\x20-\x7e]/g, '?');
}

function invalid(path: string, problems: readonly Problem[]): SupervisionError {
  const said = problems.map(({ place, message }) => `${place.line}:${place.column}: ${message}`);
  return new SupervisionError('CONFIG_INVALID', `configuration \`${path}\` ${said.join('; ')}`);
}

function toConfig(path: string, source: ConfigSource): Config {
  const folder = dirname(path);
  const { env, activate, filters } = source;
  const { approval_settings: approvals = {}, risk_categories: risks = {} } = source;
  const { critical = [], high = [], medium = [], low = [] } = risks;
  const judge = toJudgeConfig(folder, source, { medium, high: [...critical, ...high] });
  return {
    path,
    rulesFile: resolve(folder, source.rules_file),
    auditLog: resolve(folder, source.audit_log ?? '.ringfence'),
    approvalSettings: {
      ...(approvals.default_timeout === undefined
        ? {}
        : { defaultTimeoutMs: approvals.default_timeout * 1000 }),
      ...(approvals.max_pending_actions === undefined
        ? {}
        : { maxPendingActions: approvals.max_pending_actions }),
      ...(approvals.require_confirmation === undefined
        ? {}
        : { requireConfirmation: approvals.require_confirmation }),
    },
    riskCategories: { critical, high, medium, low },
    rates: toRates(source.rates ?? {}),
    ...(judge === undefined ? {} : { judge }),
    ...(env === undefined ? {} : { env }),
    ...(activate === undefined ? {} : { activate }),
    ...(filters === undefined ? {} : { filters: toFilters(folder, filters) }),
  };
}

function toFilters(folder: string, filters: FilterSource): FilterSource {
  const { brand_guidelines: brand } = filters;
  if (brand === undefined) return filters;
  return { ...filters, brand_guidelines: { ...brand, file: resolve(folder, brand.file) } };
}

function toRates(source: NonNullable<ConfigSource['rates']>): Config['rates'] {
  const rates: Config['rates'] = {};
  for (const ring of [0, 1, 2, 3] as const) {
    const rate = source[ring];
    if (rate !== undefined) rates[ring] = { perSecond: rate.per_second, burst: rate.burst };
  }
  return rates;
}
