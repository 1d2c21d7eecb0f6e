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
const POSTGRES_FAILURES: readonly (readonly [RegExp, string])[] = [
  [/^(08|25P03)/, 'the connection to the server broke'],
  [/^25006/, 'the server takes no writes'],
  [/^28/, 'the server refuses the login'],
  [/^3D/, 'the server has no such database'],
  [/^(40|55P03)/, 'the server ended the transaction for the sake of another one'],
  [/^53100/, 'the disk of the server is full'],
  [/^53/, 'the server lacks resources'],
  [/^57014/, 'the server does not answer in time'],
  [/^57/, 'the server is starting or stopping'],
  [/^(58|XX)/, 'the server fails'],
];
const NETWORK_FAILURE = /^(ECONN|EPIPE|ENOENT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_|ETIMEDOUT)/;
/** The client's own words for a connection that does not answer or is gone; it gives them no code. */
const CLIENT_TIMEOUT = /^(Query read timeout|timeout expired|timeout exceeded when trying to connect|Connection terminated due to connection timeout)$/;
const CLIENT_FAILURE = /connection terminated|client was closed|not queryable|server closed|connection error/i;

/**
 * What keeps the database from serving, in words that name no address and no user: health shows them to everybody.
 * Undefined where the failure is the statement's own.
 */
export function databaseProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { errcode, code, message } = rootOf(error);
  if (errcode !== undefined) return SQLITE_FAILURES[errcode & 0xff];
  if (code === undefined) {
    if (isUnanswered(error)) return 'the server does not answer in time';
    return CLIENT_FAILURE.test(message) ? 'the connection to the server broke' : undefined;
  }
  if (NETWORK_FAILURE.test(code)) return 'the server cannot be reached';
  return POSTGRES_FAILURES.find(([pattern]) => pattern.test(code))?.[1];
}

/** What is said about it where only operators look. */
export function databaseDetail(error: unknown): string {
  return error instanceof Error ? rootOf(error).message || rootOf(error).code || error.name : String(error);
}

/** Whether PostgreSQL ended the transaction in favour of another: it may be run again at once. */
export function isEndedForAnother(error: unknown): boolean {
  return error instanceof Error && /^40(001|P01)$/.test(rootOf(error).code ?? '');
}

/** Whether the client gave up waiting for the server: what became of the query is not known. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && !('code' in error) && CLIENT_TIMEOUT.test(error.message);
}

/** A host name may stand for several addresses that all refuse. */
function rootOf(error: Error): Error & { errcode?: number; code?: string } {
  const [cause] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  return cause as Error;
}

export function databaseUnavailable(problem: string, cause?: unknown): DomainError {
  return new DomainError('DATABASE_UNAVAILABLE', `The database cannot be used now: ${problem}.`, {}, { cause });
}
