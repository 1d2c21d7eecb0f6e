import { type DomainError, type ErrorExtras } from '../errors/domain.error.js';
import type { ErrorCode, ErrorKind } from '../errors/error-codes.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** Exhaustive on purpose: a new kind of failure does not compile until it has a status. */
export const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  expired: 410,
  precondition: 412,
  'too-large': 413,
  unprocessable: 422,
  'rate-limited': 429,
  internal: 500,
  unsupported: 501,
  'engine-error': 502,
  unavailable: 503,
  timeout: 504,
};

/** The codes that HTTP itself gives a status of their own. */
const STATUS_OF_CODE: Partial<Readonly<Record<ErrorCode, number>>> = { METHOD_NOT_ALLOWED: 405, HOST_NOT_ALLOWED: 421 };

export function statusOf(error: DomainError): number {
  return STATUS_OF_CODE[error.code] ?? STATUS_OF_KIND[error.kind];
}

/** RFC 9457. */
export interface Problem extends ErrorExtras {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ErrorCode;
}

/** A stable name for each code, as RFC 9457's `type` wants; `docs/errors.md` explains them. */
export function problemType(code: ErrorCode): string {
  return `urn:fairlead:error:${code}`;
}

/** `instance` is the request: its id finds it in the log. */
export function problemOf(error: DomainError, requestId: string): Problem {
  return {
    ...error.extras,
    type: problemType(error.code),
    title: error.title,
    status: statusOf(error),
    detail: error.detail,
    instance: `urn:fairlead:request:${requestId}`,
    code: error.code,
    errors: error.extras.errors ?? [],
  };
}
