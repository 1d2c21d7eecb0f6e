export const FAILURES = [
  'clientError',
  'serverError',
  'redirect',
  'timeout',
  'connection',
  'refusedAddress',
  'tooLarge',
] as const;
export type Failure = (typeof FAILURES)[number];

/** How an attempt went, and what the receiver asked for. */
export interface RequestOutcome {
  readonly at: string;
  readonly durationMs: number;
  /** Of the answer; null where none came. */
  readonly status: number | null;
  /** null where it succeeded. */
  readonly failure: Failure | null;
  /** What went wrong, in words, where no answer came. */
  readonly detail: string | null;
  /** The beginning of the answer's body; null where none came. */
  readonly responseHead: string | null;
  /** How long the receiver wants to be left alone, where it said so. */
  readonly retryAfterMs: number | null;
}

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
