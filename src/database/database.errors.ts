import { DomainError } from '../errors/domain.error.js';

/** Primary result codes of SQLite that are no fault of a statement: the file or the disk under it fails. */
const SQLITE_FAILURES: Readonly<Record<number, string>> = {
  3: 'access to the file is denied',
  5: 'another process keeps it busy',
  6: 'another process keeps it busy',
  8: 'the file cannot be written to',
  10: 'the disk fails',
  11: 'the file is damaged',
  13: 'the disk is full',
  14: 'the file cannot be opened',
  26: 'the file is no database',
};

/** Classes and codes of PostgreSQL (appendix A of its manual) that are no fault of a statement. */
const POSTGRES_FAILURE = /^(08|25006|28|3D|53|55P03|57|58|XX)/;
const NETWORK_FAILURE = /^(ECONN|EPIPE|ENOENT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_|ETIMEDOUT)/;
/** The client's own words for a connection that is gone or does not answer; it gives them no code. */
const CLIENT_FAILURE = /connection terminated|timeout|client was closed|not queryable|server closed/i;

/** What keeps the database from serving; undefined where the failure is the statement's own. */
export function databaseProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // A host name may stand for several addresses that all refuse.
  const [cause] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  const { errcode, code, message } = cause as Error & { errcode?: number; code?: string };
  if (errcode !== undefined) return SQLITE_FAILURES[errcode & 0xff];
  if (code === undefined) return CLIENT_FAILURE.test(message) ? message : undefined;
  return POSTGRES_FAILURE.test(code) || NETWORK_FAILURE.test(code) ? message || code : undefined;
}

export function databaseUnavailable(problem: string, cause?: unknown): DomainError {
  return new DomainError('DATABASE_UNAVAILABLE', `The database cannot be used now: ${problem}.`, {}, { cause });
}
