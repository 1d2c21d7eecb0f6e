import type { IncomingMessage } from 'node:http';
import { HttpException } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';

/** In bytes, of a request or a message on a WebSocket: as long as it is read nobody else is answered. */
export const LARGEST_BODY = 256 * 1024;

/** What Fastify and its router attach to the errors that they raise themselves. */
interface FrameworkError extends Error {
  readonly code?: string;
  readonly statusCode?: number;
}

/**
 * What a failure means to the caller, where it is the caller's or was thrown on purpose; undefined for a fault of the
 * service itself.
 */
export function callerFault(error: unknown): DomainError | undefined {
  if (error instanceof DomainError) return error;
  if (error instanceof HttpException) return ofStatus(error.getStatus(), error);
  const { code, statusCode } = (error ?? {}) as FrameworkError;
  if (code?.startsWith('FST_ERR_') && statusCode !== undefined)
    return ofFramework(code, statusCode, error as Error);
  return undefined;
}

/** The client left before it had sent all of its request. */
export function brokenOff(error: unknown, request: IncomingMessage): DomainError | undefined {
  return request.errored === error ? new DomainError('MALFORMED_REQUEST', 'The request was not sent to its end.') : undefined;
}

export function internalFault(): DomainError {
  return new DomainError('INTERNAL', 'The service failed to answer. Its log has more under this request id.');
}

const FRAMEWORK_DETAILS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body must be JSON, with the header Content-Type: application/json.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body does not have the length that Content-Length tells.',
  FST_ERR_BAD_URL: 'The address holds a percent sign that does not begin a valid escape.',
};

function ofFramework(code: string, status: number, cause: Error): DomainError | undefined {
  const detail = FRAMEWORK_DETAILS[code];
  if (detail !== undefined) return new DomainError('MALFORMED_REQUEST', detail, {}, { cause });
  return ofStatus(status, cause);
}

function ofStatus(status: number, cause: Error): DomainError | undefined {
  if (status === 413)
    return new DomainError('PAYLOAD_TOO_LARGE', `The body is larger than ${LARGEST_BODY / 1024} KiB.`, {}, { cause });
  if (status === 404) return new DomainError('NOT_FOUND', 'There is nothing at this address.', {}, { cause });
  if (status === 403) return new DomainError('FORBIDDEN', 'This is not allowed.', {}, { cause });
  if (status >= 400 && status < 500) {
    return new DomainError(
      'MALFORMED_REQUEST',
      `The request cannot be read: ${cause.message}`,
      {},
      { cause },
    );
  }
  return undefined;
}
