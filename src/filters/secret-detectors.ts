import { entropyOf } from './checksums.ts';
import { standsAlone, type Detector, type Span } from './detector.ts';

const gitleaks = 'https://github.com/gitleaks/gitleaks, config/gitleaks.toml, rule ';

/** A token that is known by how it begins, and that is no piece of a longer word. */
function token(
  name: string,
  pattern: string,
  { hints, rule }: { readonly hints: readonly string[]; readonly rule: string },
): Detector {
  return {
    kind: name,
    source: gitleaks + rule,
    pattern,
    hints,
    refine: (text, span) => (/[A-Za-z0-9]/.test(text[span.start - 1] ?? '') ? [] : [span]),
  };
}

const tokens: readonly Detector[] = [
  token('aws_key', '(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}', {
    hints: ['a3t', 'akia', 'asia', 'abia', 'acca'],
    rule: 'aws-access-token',
  }),
  token('github_token', 'gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{36,}', {
    hints: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    rule: 'github-pat, github-fine-grained-pat, github-app-token, github-oauth',
  }),
  token('gitlab_token', 'gl(?:pat|ptt|dt|rt|cbt)-[A-Za-z0-9_=-]{20,}', {
    hints: ['glpat-', 'glptt-', 'gldt-', 'glrt-', 'glcbt-'],
    rule: 'gitlab-pat',
  }),
  token('slack_token', '(?:xox[abeoprs]|xapp|xwfp)-[A-Za-z0-9-]{10,}', {
    hints: ['xox', 'xapp-', 'xwfp-'],
    rule: 'slack-bot-token, slack-user-token, slack-app-token',
  }),
  token('slack_webhook', 'hooks\\.slack\\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,}', {
    hints: ['hooks.slack.com'],
    rule: 'slack-webhook-url',
  }),
  token('stripe_key', '(?:[sr]k_(?:test|live|prod)|whsec)_[A-Za-z0-9]{10,}', {
    hints: ['k_test_', 'k_live_', 'k_prod_', 'whsec_'],
    rule: 'stripe-access-token',
  }),
  token('api_key', 'sk-[A-Za-z0-9_-]{20,}', {
    hints: ['sk-'],
    rule: 'openai-api-key, anthropic-api-key',
  }),
  token('google_key', 'AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{28}|ya29\\.[A-Za-z0-9_-]{20,}', {
    hints: ['aiza', 'gocspx-', 'ya29.'],
    rule: 'gcp-api-key; OAuth secrets and tokens as Google writes them',
  }),
  token('npm_token', 'npm_[A-Za-z0-9]{36}', { hints: ['npm_'], rule: 'npm-access-token' }),
  token('pypi_token', 'pypi-AgE[A-Za-z0-9_-]{50,}', {
    hints: ['pypi-age'],
    rule: 'pypi-upload-token',
  }),
  token('hf_token', 'hf_[A-Za-z0-9]{34,}', { hints: ['hf_'], rule: 'huggingface-access-token' }),
  token('sendgrid_key', 'SG\\.[A-Za-z0-9_-]{20,24}\\.[A-Za-z0-9_-]{39,50}', {
    hints: ['sg.'],
    rule: 'sendgrid-api-token',
  }),
  token('twilio_key', 'SK[0-9a-f]{32}', { hints: ['sk'], rule: 'twilio-api-key' }),
];

const jwt: Detector = {
  kind: 'jwt',
  source:
    'RFC 7519 and RFC 7515 section 7.1; a header begins with `{"`, which is `eyJ` in base64url',
  pattern: 'eyJ[A-Za-z0-9_-]{8}',
  hints: ['eyj'],
  refine: (text, { start }) => {
    if (/[A-Za-z0-9_-]/.test(text[start - 1] ?? '')) return [];
    const header = readSegment(text, start);
    const payload = readSegment(text, header + 1);
    const isJwt = text[header] === '.' && text[payload] === '.' && payload - header > 8;
    return isJwt ? [{ start, end: readSegment(text, payload + 1) }] : [];
  },
};

const privateKey: Detector = {
  kind: 'private_key',
  source: 'RFC 7468 section 10; RFC 4880 section 6.2; the format of OpenSSH keys',
  pattern: '-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----',
  hints: ['private key'],
  refine: (text, { start, end }) => {
    // one that is cut off is a key all the same: everything that could belong to it goes
    const foot = text.indexOf('-----END', end);
    if (foot === -1) return [{ start, end: text.length }];
    const close = text.indexOf('-----', foot + 8);
    return [{ start, end: close === -1 ? text.length : close + 5 }];
  },
};

const connection: Detector = {
  kind: 'password',
  source: 'RFC 3986 section 3.2.1 (`scheme://user:password@host`)',
  pattern: '[A-Za-z][A-Za-z0-9+.-]*://[^\\s/:@?#"\']*:[^\\s@"\']+@',
  hints: ['://'],
  refine: (text, { start, end }) => {
    const colon = text.indexOf(':', text.indexOf('://', start) + 3);
    return [{ start: colon + 1, end: end - 1 }];
  },
};

const maxNameChars = 48;
const minBearer = 16;
const headerBefore = /authorization["'\\]{0,3}\s{0,5}[:=]\s{0,5}["'\\]{0,3}$/i;

const bearer: Detector = {
  kind: 'token',
  source: 'RFC 6750 section 2.1 and RFC 7617 (`Authorization: Bearer …`, `Basic …`)',
  pattern: '(?:bearer|basic)\\s{1,5}[A-Za-z0-9._~+/-]+=*',
  ignoreCase: true,
  hints: ['bearer', 'basic'],
  refine: (text, { start, end }) => {
    const [word = ''] = /^\S+\s+/.exec(text.slice(start, end)) ?? [];
    const span = { start: start + word.length, end };
    // in that header whatever stands there is one; elsewhere the word may be meant as a word
    if (headerBefore.test(text.slice(Math.max(0, start - maxNameChars), start))) return [span];
    const isNoise = end - span.start >= minBearer && looksRandom(text.slice(span.start, end));
    return isNoise && standsAlone(text, { start, end }, /[\p{L}\p{N}]/u) ? [span] : [];
  },
};

/** What is called so is a secret, whatever it looks like. */
const passwordWords = 'pass(?:word|wd|phrase|code)?|pwd';
/** What is called so may be a page token or a primary key: it has to look like noise too. */
const tokenWords =
  '(?:api|access|auth|secret|private|client|encryption|signing|account|shared|session|refresh|id)[_. -]?(?:key|token|secret)|token|secret|credentials?|apikey';

const nameBefore = new RegExp(`(?:${passwordWords}|${tokenWords})["'\\\\]{0,2}\\s{0,5}$`, 'i');

const assigned: Detector = {
  kind: 'secret',
  source: `${gitleaks}generic-api-key`,
  // looking back from the sign, a bounded way, is many times faster than looking for each of the words
  pattern: `(?::=|=>|[:=])\\s{0,5}["'\\\\]{0,2}`,
  hints: ['pass', 'pwd', 'key', 'token', 'secret', 'credential'],
  refine: (text, { start, end }) => {
    const name = nameBefore.exec(text.slice(Math.max(0, start - maxNameChars), start))?.[0];
    if (name === undefined) return [];
    const value = readValue(text, end);
    // in quotes it is a value and no word, however short
    const asked = /["']$/.test(text.slice(start, end)) ? value.padEnd(minPassword) : value;
    return value !== '' && isSecretValue(name, asked) ? [spanOf(end, value)] : [];
  },
};

/** What a string holds that stands under such a name in a JSON object; itself, the name being elsewhere. */
export function isSecretMember(key: string, value: string): boolean {
  const name = /(?:^|[^A-Za-z])pass(?:word|wd|phrase|code)?$|pwd$|password/i;
  if (name.test(key)) return value !== '' && isSecretValue('pwd', value.padEnd(minPassword));
  if (/authorization$/i.test(key)) return /^\s*(?:bearer|basic)\s+[A-Za-z0-9]/i.test(value);
  return /(?:key|token|secret|credentials?)$/i.test(key) && isSecretValue(key, value);
}

/** How `isSecretMember` calls what it found. */
export const memberKind = 'secret';

const minPassword = 4;

function isSecretValue(name: string, value: string): boolean {
  // a placeholder that names where the secret comes from
  if (
    /^(?:\$\{?\w+\}?|<[^>]*>|\{\{.*\}\}|process\.env\b.*|null|none|true|false|undefined)$/i.test(
      value,
    )
  )
    return false;
  // shells call the working folder so
  if (/^pwd/i.test(name) && /^[/~\\]|^[A-Z]:/i.test(value)) return false;
  return /pass|pwd/i.test(name) ? value.length >= minPassword : looksRandom(value);
}

/** Ten characters or more, of two kinds or more, and not much of a pattern (3 bits a character). */
function looksRandom(text: string): boolean {
  if (text.length < 10 || /\s/.test(text)) return false;
  const kinds = [/[0-9]/, /[a-z]/, /[A-Z]/].filter((kind) => kind.test(text)).length;
  return kinds >= 2 && /[0-9]/.test(text) && entropyOf(text) >= 3;
}

const maxValueChars = 512;

/** A value up to its closing quote where one was opened, or else up to white space or a separator. */
function readValue(text: string, start: number): string {
  const part = text.slice(start, start + maxValueChars);
  const quote = text[start - 1] ?? '';
  if (quote === '"' || quote === "'") {
    const close = part.search(quote === '"' ? /[\\"\n]/ : /[\\'\n]/);
    if (close > 0) return part.slice(0, close);
  }
  return /^[^\s"'<>,;&\\]+/.exec(part)?.[0] ?? '';
}

const maxSegmentChars = 8192;

/** Where a run of base64url ends. */
function readSegment(text: string, start: number): number {
  const limit = Math.min(text.length, start + maxSegmentChars);
  let end = start;
  while (end < limit && /[A-Za-z0-9_-]/.test(text[end] ?? '')) end += 1;
  return end;
}

function spanOf(start: number, text: string): Span {
  return { start, end: start + text.length };
}

/** All of them; what each is known by is published. */
export const secretDetectors: readonly Detector[] = [
  ...tokens,
  jwt,
  privateKey,
  connection,
  bearer,
  assigned,
];
