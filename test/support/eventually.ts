export interface EventuallyOptions {
  readonly timeoutMs?: number;
  /** Without it checks come the more rarely the longer it takes: asking costs others their time. */
  readonly intervalMs?: number;
}

const SHORTEST_MS = 10;
const LONGEST_MS = 150;

/** Repeats the check until it passes and answers what it answered; after the time is up its last failure is thrown. */
export async function eventually<T>(check: () => T | Promise<T>, { timeoutMs = 20_000, intervalMs }: EventuallyOptions = {}): Promise<T> {
  const begun = Date.now();
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= begun + timeoutMs) throw error;
    }
    const pause = intervalMs ?? Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (Date.now() - begun) / 8));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
