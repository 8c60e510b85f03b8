/** Whether a judge may still allow anything: lost with one canary that it allowed, and earned back by several. */
export interface Trust {
  readonly isKept: boolean;
  /** Cases that were allowed and not refused since, the first first. */
  readonly failed: readonly string[];
  /** True where this restores the trust. */
  pass(name: string): boolean;
  /** True where that is news: trust is lost now, or over another case as well. */
  fail(name: string): boolean;
}

/**
 * `recover` canaries in a row must pass, and among them every one that failed: else a judge that falls for a single trick
 * would be trusted again after three others. Nothing else restores the trust, a reload least of all.
 */
export function createTrust(recover: number, failedBefore?: readonly string[]): Trust {
  const failed = new Set(failedBefore);
  let isKept = failedBefore === undefined;
  let passedInARow = 0;
  return {
    get isKept() {
      return isKept;
    },
    get failed() {
      return [...failed];
    },
    pass(name) {
      if (isKept) return false;
      passedInARow += 1;
      failed.delete(name);
      isKept = failed.size === 0 && passedInARow >= recover;
      return isKept;
    },
    fail(name) {
      const isNews = isKept || !failed.has(name);
      isKept = false;
      passedInARow = 0;
      failed.add(name);
      return isNews;
    },
  };
}
