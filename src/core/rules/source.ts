import { z } from 'zod';
import type { Json } from '../model/json.ts';
import { rolloutSchema } from './rollout-source.ts';
import { approval, json, labels, oneOrMore, ring, span, text } from './source-values.ts';
import { testSchema } from './test-source.ts';

// The file format. Texts after `; ` in a message are shown as the remedy.

export const jsonTypes = [
  'string',
  'number',
  'integer',
  'boolean',
  'null',
  'array',
  'object',
] as const;
export type JsonType = (typeof jsonTypes)[number];

const name = z
  .string()
  .regex(
    /^[a-z0-9_-]{1,128}$/,
    'expected 1 to 128 characters of a-z, 0-9, `_` and `-`; write a name such as `refund_small`',
  );
const count = z.int('expected a whole number').min(0, 'expected 0 or more');
const comparable = z.union([z.number(), z.string()], 'expected a number or a string');
const elements = z
  .array(json, 'expected a list of values; write it in brackets')
  .min(
    1,
    'the list is empty, so the predicate decides nothing; name at least one value; a list that may be empty stands under `lists`, for `in_list`',
  );
const typeName = z.enum(jsonTypes);
const inList = z.strictObject({ in_list: text });
const listedTexts = (what: string) =>
  z.union(
    [text, z.array(text).min(1), inList],
    `expected ${what}, a list of them or \`{ "in_list": … }\``,
  );
const listedValues = z.union([elements, inList], 'expected a list of values or `{ "in_list": … }`');
const schema = z.custom<Json>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected a JSON Schema: an object',
);

/** Of objects that say nothing when they are empty: what the loader asks, and the same for editors. */
const minOne = { minProperties: 1 };
const notEmpty = (message: string) =>
  [(value: object) => Object.keys(value).length > 0, whenSound(message)] as const;
/** A key that is misspelt is told of by itself. */
const whenSound = (error: string) => ({
  error,
  when: ({ issues }: { readonly issues: readonly unknown[] }) => issues.length === 0,
});

const lengthPredicates = z
  .strictObject({ eq: count, ne: count, gt: count, gte: count, lt: count, lte: count })
  .partial()
  .refine(...notEmpty('there is no predicate here; write a whole number or `{ "lte": 100 }`'))
  .meta(minOne);

const patterns = z.union(
  [text, z.array(text).min(1)],
  'expected a pattern such as `git log *`, or a list of them',
);
const commandSchema = z.union(
  [
    text,
    z.array(text).min(1),
    z
      .strictObject({ any: patterns, env: patterns, reads: patterns, writes: patterns })
      .partial()
      .meta(minOne),
  ],
  'expected a pattern such as `git log *`, a list of them, or an object with `any`, `env`, `reads` or `writes`',
);

const scope = z.union(
  [text, z.array(text).min(1), z.strictObject({ in_list: text })],
  'expected a name, a list of names or `{ "in_list": … }`',
);
const origins = z
  .array(
    z.enum(['user', 'trusted', 'untrusted', 'mixed', 'unknown']),
    'expected a list of origins; write it in brackets',
  )
  .min(1, 'the list is empty, so the predicate decides nothing; name at least one origin');

const speakers = z
  .array(
    z.enum(['user', 'trusted', 'untrusted']),
    'expected a list of user, trusted, untrusted; write it in brackets',
  )
  .min(1, 'the list is empty, so it names nobody; name at least one');

/** What must hold for one argument. */
export const predicatesSchema = z
  .strictObject(
    {
      eq: json,
      ne: json,
      gt: comparable,
      gte: comparable,
      lt: comparable,
      lte: comparable,
      in: elements,
      not_in: elements,
      in_list: text,
      prefix: text,
      glob: text,
      length: z.union([count, lengthPredicates], 'expected a whole number or predicates'),
      type: z.union(
        [typeName, z.array(typeName).min(1)],
        `expected ${jsonTypes.join(', ')}, or a list of them`,
      ),
      exists: z.boolean(),
      regex: z.string('expected a pattern, as a text'),
      domain: listedTexts('a domain'),
      cidr: listedTexts('a block of IP addresses'),
      path_inside: listedTexts('a folder'),
      matches_schema: schema,
      intersects: listedValues,
      subset: listedValues,
      semver: z.string('expected a range of versions, as a text'),
      command: commandSchema,
      from: origins,
      not_from: origins,
      first_seen_in: scope,
      asked_by: speakers,
      told_by: speakers,
      allow_unknown: z.boolean(),
    },
    'expected predicates, not a plain value; write `{ "eq": … }`',
  )
  .partial()
  .refine(
    ...notEmpty('there is no predicate here; write `{ "exists": true }` to ask for an argument'),
  )
  .meta({ ...minOne, dependencies: { allow_unknown: ['not_from'] } });

const day = z.enum(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']);
const betweenSchema = z.strictObject({
  tz: text.optional(),
  from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day, 00:00 to 23:59'),
  to: z
    .string()
    .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'expected a time of day, 00:01 to 24:00'),
  days: z.array(day).min(1).optional(),
});

const limitSchema = z.strictObject({
  sum: text.optional(),
  count: z.union([z.literal(true), z.literal('calls')], 'expected `true`').optional(),
  max: z.number().min(0, 'expected 0 or more'),
  per: z.enum(['minute', 'hour', 'day', 'calendar_day']),
  tz: text.optional(),
  by: oneOrMore(text, '`agent`, `session`, `tool` or an argument such as `args.to`').optional(),
});

const manifestKeys = {
  effect: oneOrMore(z.enum(['read', 'write', 'admin']), '`read`, `write` or `admin`').optional(),
  undo: oneOrMore(z.enum(['full', 'partial', 'none']), '`full`, `partial` or `none`').optional(),
  output: oneOrMore(z.enum(['trusted', 'untrusted']), '`trusted` or `untrusted`').optional(),
  external: z.boolean().optional(),
};

const sessionSchema = z
  .strictObject({
    tainted: labels.optional(),
    not_tainted: labels.optional(),
    user_said: predicatesSchema.optional(),
    asked_by: speakers.optional(),
    not_asked_by: speakers.optional(),
  })
  .refine(
    ...notEmpty('nothing is asked of the session; write `tainted`, `not_tainted` or `user_said`'),
  )
  .meta(minOne);

const afterKeys = { tool: scope.optional(), action: scope.optional(), ...manifestKeys };
const afterSchema = z
  .strictObject({ ...afterKeys, within: span.optional() })
  .refine(
    (after) => Object.keys(after).some((key) => key !== 'within'),
    whenSound(
      'it says not which call ran before; name a `tool`, or an `effect`, `undo`, `output` or `external` of its manifest',
    ),
  )
  .meta({ anyOf: Object.keys(afterKeys).map((key) => ({ required: [key] })) });

const conditionSchema = z.strictObject({
  tool: scope.optional(),
  action: scope.optional(),
  role: scope.optional(),
  permission: scope.optional(),
  env: scope.optional(),
  agent: scope.optional(),
  ring: oneOrMore(ring, 'a ring, 0 to 3').optional(),
  ...manifestKeys,
  destinations: predicatesSchema.optional(),
  addresses: predicatesSchema.optional(),
  anywhere: predicatesSchema.optional(),
  everywhere: predicatesSchema.optional(),
  args: z.record(z.string(), predicatesSchema).optional(),
  between: betweenSchema.optional(),
  when: json.optional(),
  max_per_minute: count.optional(),
  max_per_hour: count.optional(),
  max_per_day: count.optional(),
  limits: z.array(limitSchema).optional(),
  session: sessionSchema.optional(),
  after: afterSchema.optional(),
});

const metadataSchema = z
  .looseObject({
    owner: text,
    expires: z.iso.date('expected a day such as `2027-01-31`'),
    message: text,
  })
  .partial();

/** One rule. */
export const ruleSchema = z.strictObject({
  name,
  description: z.string().optional(),
  condition: conditionSchema,
  approval,
  on_exceed: z.enum(['deny', 'require_review']).optional(),
  filters: z.array(text).optional(),
  requires: z.array(text).optional(),
  taint: labels.optional(),
  declassify: labels.optional(),
  llm: z.strictObject({ may: z.array(z.enum(['allow', 'review', 'deny'])) }).optional(),
  mode: z.enum(['enforce', 'shadow', 'off']).optional(),
  rollout: rolloutSchema.optional(),
  allow_loosening: z.boolean().optional(),
  metadata: metadataSchema.optional(),
  tests: z.array(testSchema).optional(),
});

const defaultsSchema = z.strictObject({
  approval: z
    .enum(
      ['deny', 'require_review'],
      'expected `deny` or `require_review`; allow calls by rules, not by default',
    )
    .optional(),
  on_error: z.enum(['deny', 'require_review']).optional(),
});

const listSource = z.union(
  [z.array(z.union([z.string(), z.number(), z.boolean()])), z.strictObject({ file: z.string() })],
  'expected a list of texts, numbers and booleans, or `{ "file": "trusted.txt" }`',
);

/** One rules file; its rules are parsed one by one, so that a mistake in one hides none in another. */
export const ruleFileSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z
    .literal(1, 'expected 1, the only version there is; write `1`, or leave it out')
    .optional(),
  description: z.string().optional(),
  defaults: defaultsSchema.optional(),
  lists: z.record(z.string(), listSource).optional(),
  rules: z.array(json),
});

export type RuleFileSource = z.output<typeof ruleFileSchema>;
export type RuleSource = z.output<typeof ruleSchema>;
export type ConditionSource = z.output<typeof conditionSchema>;
export type PredicatesSource = z.output<typeof predicatesSchema>;
export type CommandSource = z.output<typeof commandSchema>;
export type LengthPredicates = z.output<typeof lengthPredicates>;
/** A text, a list of them, or the name of a list. */
export type ListedTexts = string | readonly string[] | { readonly in_list: string };
/** A list of values, or the name of one. */
export type ListedValues = readonly Json[] | { readonly in_list: string };
export type ScopeSource = z.output<typeof scope>;
export type BetweenSource = z.output<typeof betweenSchema>;
export type LimitSource = z.output<typeof limitSchema>;
export type Approval = z.output<typeof approval>;
/** What a list may hold. */
export type ListItem = string | number | boolean;
/** A list as a rules file has it: its items, or the name of the file that holds them. */
export type ListSource = z.output<typeof listSource>;
/** Lists by name. */
export type Lists = ReadonlyMap<string, readonly ListItem[]>;
