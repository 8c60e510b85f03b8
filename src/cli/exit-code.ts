import { SupervisionError, type ErrorCode } from '../core/model/errors.ts';

/** What scripts may rely on; docs/cli.md explains them. */
export const exitCodes = {
  fine: 0,
  /** Something was found, refused or failed. */
  findings: 1,
  /** The command line or the configuration is wrong. */
  misuse: 2,
  /** What was named is not there: no hypervisor, folder, file or approval. */
  nobodyThere: 3,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An end of the command line that is no fault of the program: told in one line. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  /** For `--json`: stable. */
  readonly code: string;
  /** A line of its own below the message: usage, or what to do next. */
  readonly hint: string | undefined;

  constructor(
    kind: { readonly exitCode: ExitCode; readonly code: string },
    message: string,
    hint?: string,
  ) {
    super(message);
    this.exitCode = kind.exitCode;
    this.code = kind.code;
    this.hint = hint;
  }
}

export function misuse(message: string, hint?: string): CliError {
  return new CliError({ exitCode: exitCodes.misuse, code: 'MISUSE' }, message, hint);
}

export function notThere(message: string, hint?: string): CliError {
  return new CliError({ exitCode: exitCodes.nobodyThere, code: 'NOT_THERE' }, message, hint);
}

const ofCode: Partial<Record<ErrorCode, ExitCode>> = {
  CONFIG_INVALID: exitCodes.misuse,
  NAME_INVALID: exitCodes.misuse,
  PROMPT_INVALID: exitCodes.misuse,
  MODEL_MISCONFIGURED: exitCodes.misuse,
  DIR_OWNED: exitCodes.nobodyThere,
  DIR_UNUSABLE: exitCodes.nobodyThere,
  CLOSED: exitCodes.nobodyThere,
  APPROVAL_UNKNOWN: exitCodes.nobodyThere,
};

/** How the program ends after an error; what nobody foresaw counts as a finding. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof SupervisionError) return ofCode[error.code] ?? exitCodes.findings;
  return exitCodes.findings;
}
