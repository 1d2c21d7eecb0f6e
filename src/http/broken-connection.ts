import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError } from '../errors/domain.error.js';
import { PROBLEM_TYPE, problemOf } from './problem.js';

const LINGER_MS = 1_000;

/** Answers what Node could not even read as a request, in the same shape as any other failure. */
export function answerUnreadableRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  // Whoever does not read it does not close either. At once would be too early: what is still under way would undo the answer.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  const requestId = randomUUID();
  const problem = problemOf(faultOf(error.code), requestId);
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n` +
      `Content-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n` +
      `X-Request-Id: ${requestId}\r\n\r\n${body}`,
  );
}

function faultOf(code: string | undefined): DomainError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new DomainError('PAYLOAD_TOO_LARGE', 'The headers of the request are too large.');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new DomainError('MALFORMED_REQUEST', 'The request was not sent in time.');
  }
  return new DomainError('MALFORMED_REQUEST', 'This is not a valid HTTP request.');
}
