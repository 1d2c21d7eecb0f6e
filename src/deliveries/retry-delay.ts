import type { DeliveryTimings } from './delivery-timings.js';

/** How long to wait after so many failed attempts. */
export function retryDelayMs(
  attempts: number,
  askedMs: number | null,
  timings: DeliveryTimings,
  random: () => number = Math.random,
): number {
  if (askedMs !== null) return Math.min(Math.max(askedMs, timings.leastRetryAfterMs), timings.mostRetryAfterMs);
  // Drawn from the whole of it: those that failed together must not come back together.
  return Math.ceil(random() * Math.min(timings.mostRetryMs, timings.firstRetryMs * 2 ** Math.min(attempts - 1, 30)));
}
