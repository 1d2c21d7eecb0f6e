import type { DeliveryTimings } from './delivery-timings.js';
import type { DeliveryAttempt, Failure } from './webhook.js';

/** How an attempt went, and what the receiver asked for. */
export interface DeliveryOutcome extends DeliveryAttempt {
  /** How long the receiver wants to be left alone, where it said so. */
  readonly retryAfterMs: number | null;
}

export const GONE = 410;
const ASKS_TO_WAIT = [429, 503];

/** What a status means; null for a success. */
export function failureOf(status: number): Failure | null {
  if (status >= 200 && status < 300) return null;
  if (status < 400) return 'redirect';
  return status < 500 ? 'clientError' : 'serverError';
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), where the status gives it a meaning. */
export function retryAfterMs(status: number, header: string | undefined, nowMs: number): number | null {
  if (header === undefined || !ASKS_TO_WAIT.includes(status)) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  // Date.parse makes a date of almost anything, HTTP's begin with the day of the week.
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}

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
