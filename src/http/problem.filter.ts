import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_TYPE, problemOf } from './problem.js';
import { brokenOff, callerFault, internalFault } from './request-failure.js';

const log = new Logger('Request');

/** Answers a failed REST request with RFC 9457 problem details, wherever in the service it failed. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    // GraphQL has an error shape of its own, made by its driver.
    if (host.getType<string>() !== 'http') throw error;
    const http = host.switchToHttp();
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const fault = callerFault(error) ?? brokenOff(error, request.raw) ?? internalFault();
  if (fault.code === 'INTERNAL') log.error(error);
  // A stream that already began cannot be given another status.
  if (reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  const problem = problemOf(fault, request.id);
  for (const name of ['etag', 'link', 'location', 'content-disposition']) reply.removeHeader(name);
  if (problem.retryAfterSeconds !== undefined) void reply.header('retry-after', problem.retryAfterSeconds);
  void reply
    .code(problem.status)
    .header('content-type', PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify(problem)));
}
