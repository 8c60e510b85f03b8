/** A signal that follows another one until it is cut off. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  cut(): void;
}

/**
 * The runner's own abort stops a call that waits, and leaves one that runs to its end, as it does without us: the
 * callback has the runner and decides for itself. A runner that calls although it is aborted means it: it keeps
 * the first callback of a turn that had already arrived.
 */
export function linkUntilStarted(followed: AbortSignal | undefined): LinkedSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(followed?.reason);
  followed?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    cut: () => followed?.removeEventListener('abort', abort),
  };
}
