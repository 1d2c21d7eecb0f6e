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

/** Resolves when the signal is aborted. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
