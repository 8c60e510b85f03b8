/** Does the work under a signal that follows the caller's and ends after so many milliseconds; rejects then, in any case. */
export async function withTimeLimit<T>(
  followed: AbortSignal | undefined,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new DOMException(`the reply took more than ${ms} ms`, 'TimeoutError'));
  }, ms);
  try {
    return await work(
      followed === undefined ? limit.signal : AbortSignal.any([followed, limit.signal]),
    );
  } finally {
    clearTimeout(timer);
  }
}
