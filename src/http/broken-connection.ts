import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { DomainError } from '../errors/domain.error.js';
import { PROBLEM_TYPE, problemOf } from './problem.js';
import { SECURITY_HEADERS } from './security-headers.js';

/** Answers what Node could not even read as a request, in the same shape as any other failure. */
export function answerUnreadableRequest(error: Error & { code?: string }, socket: Duplex): void {
  // Where no TLS came about there is nothing to answer through.
  if (error.code === 'ECONNRESET' || /^ERR_(SSL|TLS)_/.test(error.code ?? '') || !socket.writable) {
    socket.destroy();
    return;
  }
  answerOnSocket(socket, faultOf(error.code), randomUUID());
}

/** The last answer on a connection that has no response to answer by. */
export function answerOnSocket(socket: Duplex, fault: DomainError, requestId: string): void {
  const problem = problemOf(fault, requestId);
  const body = JSON.stringify(problem);
  const headers = {
    ...SECURITY_HEADERS,
    'Content-Type': PROBLEM_TYPE,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
    'X-Request-Id': requestId,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const status = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n`;
  socket.end(`${status}${lines.join('')}\r\n${body}`, () => socket.destroy());
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
