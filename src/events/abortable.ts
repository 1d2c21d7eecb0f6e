/**
 * Makes a stream that ends at once when its reader leaves: a generator that is waiting by itself would not notice
 * before its next item.
 */
export function abortable<T>(
  make: (signal: AbortSignal) => AsyncGenerator<T, void>,
  outer?: AbortSignal,
): AsyncGenerator<T, void> {
  const leaving = new AbortController();
  const items = make(outer === undefined ? leaving.signal : AbortSignal.any([outer, leaving.signal]));
  return {
    next: () => items.next(),
    return: async () => {
      leaving.abort();
      return items.return();
    },
    throw: async (error: unknown) => {
      leaving.abort();
      return items.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => leaving.abort(),
  };
}

/** Waits for a promise or for the abort, and leaves nothing behind on the signal, which may outlive many waits. */
export function waitUnlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', end);
    void promise.then(end);
  });
}
