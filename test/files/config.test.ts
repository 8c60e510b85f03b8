import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, type Config } from '../../src/files/config.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringfence-config-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function load(text: string, name = 'ringfence.yaml'): Promise<Config> {
  await writeFile(join(dir, name), text);
  return loadConfig(join(dir, name));
}
const whole = `
hypervisor:
  supervisor: rule_based
  rules_file: ./rules
  audit_log: ./data
  env: prod
  approval_settings: { default_timeout: 3600, max_pending_actions: 50, require_confirmation: false }
  risk_categories: { high: [stripe.refund, github], low: [] }
  rates: { "2": { per_second: 0.5, burst: 40 } }
  activate: tightening
`;

describe('a configuration', () => {
  it('gives absolute paths, milliseconds and empty lists', async () => {
    expect(await load(whole)).toEqual({
      path: join(dir, 'ringfence.yaml'),
      rulesFile: join(dir, 'rules'),
      auditLog: join(dir, 'data'),
      env: 'prod',
      approvalSettings: {
        defaultTimeoutMs: 3_600_000,
        maxPendingActions: 50,
        requireConfirmation: false,
      },
      riskCategories: { critical: [], high: ['stripe.refund', 'github'], medium: [], low: [] },
      rates: { 2: { perSecond: 0.5, burst: 40 } },
      activate: 'tightening',
    });
  });

  it('names a judging model, with absolute paths and money in millionths', async () => {
    const { judge } = await load(`
supervisor: hybrid
rules_file: rules
llm_model: big
confidence_threshold: 0.9
prompts: my-prompts
llm:
  base_url: http://127.0.0.1:8080/v1
  stage1_model: small
  policy_file: policy.md
  on_unavailable: deny
  canary_every: 50
  cache_seconds: 0
  prices: { big: { input: 2.5, output: 10 } }
  budget: { calls_per_day: 100, cost_per_session: 0.25 }
`);
    expect(judge).toEqual({
      supervisor: 'hybrid',
      model: 'big',
      stage1Model: 'small',
      baseUrl: 'http://127.0.0.1:8080/v1',
      settings: {
        atLeast: { medium: [], high: [] },
        policyFile: join(dir, 'policy.md'),
        prompts: join(dir, 'my-prompts'),
        confidenceThreshold: 0.9,
        onUnavailable: 'deny',
        cacheMs: 0,
        canaries: { every: 50 },
        prices: { big: { inputMicros: 2_500_000, outputMicros: 10_000_000 } },
        budget: { calls: { perDay: 100 }, micros: { perSession: 250_000 } },
      },
    });
  });

  it('may leave out everything but the rules, and `hypervisor` itself', async () => {
    expect(await load('rules_file: /etc/rules\n')).toEqual({
      path: join(dir, 'ringfence.yaml'),
      rulesFile: '/etc/rules',
      auditLog: join(dir, '.ringfence'),
      approvalSettings: {},
      riskCategories: { critical: [], high: [], medium: [], low: [] },
      rates: {},
    });
  });

  it('sets filters up, with paths of its own folder', async () => {
    const text = 'rules_file: r\nfilters:\n  brand_guidelines: { file: b.json }\n  pii: {}\n';
    expect((await load(text)).filters).toEqual({
      brand_guidelines: { file: join(dir, 'b.json') },
      pii: {},
    });
  });

  it.each([
    ['  pi: {}', '3:3: unknown key `pi`; did you mean `pii`?'],
    ['  pii: { mod: refuse }', '3:10: unknown key `mod`; did you mean `mode`?'],
    ['  pii: { mode: mask }', '3:16: `filters.pii.mode`'],
    ['  url_allowlist: {}', '3:18: `filters.url_allowlist.domains`'],
    ['  content_moderation: {}', '3:3: `content_moderation` needs a moderator'],
  ])('says where a filter is wrong: %s', async (line, message) => {
    await expect(load(`rules_file: r\nfilters:\n${line}\n`)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('may be JSON, with or without `hypervisor`', async () => {
    const settings = { rules_file: 'r', rates: { 0: { per_second: 1, burst: 1 } } };
    const flat = await load(JSON.stringify(settings), 'a.json');
    const nested = await load(JSON.stringify({ hypervisor: settings }, null, '\t'), 'a.json');
    expect(nested).toEqual(flat);
    expect(flat.rates).toEqual({ 0: { perSecond: 1, burst: 1 } });
  });
});

describe('a mistake in a configuration names its place and the remedy', () => {
  it.each([`""`, `" "`, `"\\t"`, `"m "`, `"\\u200b"`, `"m\\nn"`])(
    'where %s is to be the name of a model',
    async (name) => {
      const text = `rules_file: r\nsupervisor: hybrid\nllm_model: ${name}`;
      await expect(load(text)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(
          /3:12: `llm_model`: expected the name of a model; write it as the provider does, such as/u,
        ),
      });
    },
  );

  it.each([
    ['rules_file: r\nrule_file: s', /2:1: unknown key `rule_file`; did you mean `rules_file`\?/],
    ['rules_file: r\nnonsense: 1', /2:1: unknown key `nonsense`; known are supervisor, llm_model/],
    [
      'hypervisor:\n  rules_file: r\n  webhooks: x',
      /3:3: `webhooks` is not built yet; leave it out/,
    ],
    ['hypervisor:\n  rules_file: r\nalerts: []', /3:1: `alerts` is not built yet/],
    ['hypervisor:\n  rules_file: r\nenv: x', /3:1: `env` stands beside `hypervisor`; put it below/],
    ['rules_file: r\nslack: 0.5\nmetrics: p', /2:1: `slack.*3:1: `metrics` is not built/],
    ['supervisor: llm\nrules_file: r', /1:1: `supervisor: llm` needs a model/],
    ['supervisor: magic\nrules_file: r\nllm_model: m', /1:13: `supervisor`: /],
    ['rules_file: r\nllm_model: m', /2:1: `llm_model` does nothing without `supervisor: hybrid`/],
    ['rules_file: r\nsupervisor: rule_based\nprompts: p', /3:1: `prompts` does nothing/],
    [
      'supervisor: hybrid\nrules_file: r\nllm_model: m\nllm: { base: x }',
      /4:8: unknown key `base`/,
    ],
    [
      'supervisor: hybrid\nrules_file: r\nllm_model: m\nllm: { api_key: x }',
      /4:8: unknown key `api_key`/,
    ],
    [
      'supervisor: hybrid\nrules_file: r\nllm_model: m\nllm: { base_url: "file:///x" }',
      /4:18: `llm.base_url`: expected a URL/,
    ],
    [
      'supervisor: hybrid\nrules_file: r\nllm_model: m\nconfidence_threshold: 80',
      /4:23: `confidence_threshold`/,
    ],
    [
      'supervisor: hybrid\nrules_file: r\nllm_model: m\nllm: { canary_every: -1 }',
      /4:22: `llm.canary_every`: too small/,
    ],
    [
      'supervisor: hybrid\nrules_file: r\nllm_model: m\nllm: { stage1_model: " " }',
      /4:22: `llm.stage1_model`: expected the name of a model/,
    ],
    [
      'supervisor: hybrid\nrules_file: r\nllm_model: m\nllm: { second_opinion_model: "" }',
      /4:30: `llm.second_opinion_model`: expected the name of a model/,
    ],
    ['env: x', /1:1: `rules_file`: invalid input: expected string/],
    ['', /1:1: the file: invalid input: expected object/],
    ['- a', /1:1: the file: /],
    ['hypervisor: 5', /1:13: `hypervisor`: invalid input: expected object/],
    [
      'rules_file: r\napproval_settings: { default_timeout: 0 }',
      /2:39: `approval_settings.default_timeout`: too small/,
    ],
    ['rules_file: r\napproval_settings: { default_timeout: "1" }', /2:39: .*expected/],
    ['rules_file: r\napproval_settings: { max_pending_actions: 10001 }', /too big/],
    ['rules_file: r\napproval_settings: { max_pending_actions: 1.5 }', /expected int/],
    [
      'rules_file: r\napproval_settings: { timeout: 5 }',
      /2:22: unknown key `timeout`; known are default_timeout/,
    ],
    ['rules_file: r\nrates: { "4": { per_second: 1, burst: 1 } }', /2:10: unknown key `4`/],
    ['rules_file: r\nrates: { 2: { per_second: 0, burst: 1 } }', /`rates.2.per_second`: too small/],
    ['rules_file: r\nrates: { 2: { per_second: .inf, burst: 1 } }', /`rates.2.per_second`: /],
    ['rules_file: r\nrates: { 2: { per_second: .nan, burst: 1 } }', /`rates.2.per_second`: /],
    ['rules_file: r\nrates: { 2: { per_second: 1 } }', /`rates.2.burst`: /],
    [
      'rules_file: r\nrates: { 2: { per_sec: 1, per_second: 1, burst: 1 } }',
      /unknown key `per_sec`/,
    ],
    [
      'rules_file: r\nrisk_categories: { hihg: [] }',
      /2:20: unknown key `hihg`; did you mean `high`\?/,
    ],
    [
      'rules_file: r\nrisk_categories: { high: github }',
      /2:26: `risk_categories.high`: .*expected array/,
    ],
    ['rules_file: r\nactivate: never', /2:11: `activate`: invalid option/],
    ['rules_file: r\nrules_file: s', /2:1: map keys must be unique/],
    ['rules_file: &x r\nenv: *x', /anchors are not accepted.*2:6: aliases are not accepted/],
    ['rules_file: !!str r', /tags are not accepted/],
    ['rules_file: !foo r', /1:13: .*tag/],
    ['<<: { rules_file: r }', /1:1: this key is not accepted/],
    ['rules_file: r\n__proto__: { env: x }', /2:1: this key is not accepted/],
    ['rules_file: r\nconstructor: 1', /2:1: unknown key `constructor`/],
    ['%YAML 1.1\n---\nrules_file: r', /directives are not accepted/],
    ['rules_file: r\n---\nenv: x', /multiple documents/i],
    ['? [a]\n: b', /keys must be strings/],
    ['rules_file: [r', /1:\d+: flow sequence/],
    ['['.repeat(100_000), /stack|exhaust/i],
  ])('%j', async (text, message) => {
    await expect(load(text)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('says all mistakes at once, on one line, without the values', async () => {
    const text = 'rules_file: ""\nenv: [secret]\nactivate: secret\nx: secret';
    const error: unknown = await load(text).catch((error: unknown) => error);
    const message = error instanceof Error ? error.message : '';
    expect(message).toMatch(/1:13.*2:6.*3:11.*4:1/);
    expect(message).not.toMatch(/secret|\n/);
  });

  it('refuses YAML in a file called json', async () => {
    await expect(load('{"rules_file": "r", }', 'a.json')).rejects.toMatchObject({
      message: expect.stringMatching(/a\.json` 1:1: this is YAML and not strict JSON/),
    });
  });

  it('says that the file is missing', async () => {
    await expect(loadConfig(join(dir, 'none.yaml'))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/none\.yaml` does not exist; create it or correct the path/),
    });
  });

  it.skipIf(process.platform === 'win32')(
    'refuses a file in whose place everybody can put another',
    async () => {
      await chmod(dir, 0o777);
      await expect(load(whole)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/folder .* can be written by everybody.*chmod go-w/),
      });
    },
  );

  it.skipIf(process.platform === 'win32')('refuses a file that others can write', async () => {
    await load(whole);
    await chmod(join(dir, 'ringfence.yaml'), 0o666);
    await expect(loadConfig(join(dir, 'ringfence.yaml'))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/can be written by everybody.*chmod go-w/),
    });
  });
});
