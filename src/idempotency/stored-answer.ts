import { DomainError, type ErrorExtras } from '../errors/domain.error.js';
import type { ErrorCode, ErrorKind } from '../errors/error-codes.js';
import type { Noting } from '../inventory/attempt.js';
import { bearTags, tagsOf } from '../inventory/resource-tag.js';

type StoredAnswer =
  | { readonly result?: unknown; readonly tags?: Readonly<Record<string, string>> }
  | { readonly error: { readonly code: ErrorCode; readonly detail: string; readonly extras: ErrorExtras } };

/**
 * What a handler returned, as it is kept: plain JSON, nothing where it returned nothing. Beside it are the entity tags
 * of its parts, which need not follow from what these show.
 */
export function storedResult(result: unknown): string {
  const tags = isObject(result) ? tagsOf(result) : {};
  return JSON.stringify({ result, tags } satisfies StoredAnswer);
}

export function storedError({ code, detail, extras }: DomainError): string {
  return JSON.stringify({ error: { code, detail, extras } } satisfies StoredAnswer);
}

/** Returns what was returned, or throws what was thrown. */
export function replay(stored: string): unknown {
  const answer = JSON.parse(stored) as StoredAnswer;
  if ('error' in answer) throw new DomainError(answer.error.code, answer.error.detail, answer.error.extras);
  if (isObject(answer.result)) bearTags(answer.result, answer.tags ?? {});
  return answer.result;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** `keep` it as the answer; `free` the key, so that a repetition really runs; `leave` it to be looked into later. */
export type Conclusion = 'keep' | 'free' | 'leave';

/** Refusals that come before anything is changed, and that a repetition may not meet again. */
const PASSING: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'invalid',
  'unauthenticated',
  'forbidden',
  'rate-limited',
  'unavailable',
  'timeout',
]);

/**
 * What becomes of a key whose request failed; `fault` is undefined where the service itself is at fault. A failure of
 * the database says nothing of a change that was to be made in it, unless changes are noted before.
 */
export function concludeFailure(fault: DomainError | undefined, noting: Noting | undefined): Conclusion {
  if (fault === undefined || fault.kind === 'internal' || fault.code === 'IDEMPOTENCY_IN_PROGRESS') return 'leave';
  if (fault.code === 'IDEMPOTENCY_UNFINISHED') return 'keep';
  if (fault.extras.outcome === 'unknown') return 'leave';
  if (fault.code === 'DATABASE_UNAVAILABLE' && noting !== 'before the change') return 'leave';
  return PASSING.has(fault.kind) ? 'free' : 'keep';
}

/** The same where an earlier request was looked into: only what that showed is an answer. */
export function concludeInspection(fault: DomainError | undefined): Conclusion {
  return fault?.code === 'IDEMPOTENCY_UNFINISHED' ? 'keep' : 'leave';
}
