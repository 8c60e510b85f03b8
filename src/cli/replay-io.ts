/** Where text goes: a stream of the process, or a test's list. */
export interface Writer {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

/** Answers go to `stdout`, talk to `stderr`. */
export interface ReplayIo {
  readonly stdout: Writer;
  readonly stderr: Writer;
  /** What relative paths start from. Default: the working folder of the process. */
  readonly cwd?: string;
}
