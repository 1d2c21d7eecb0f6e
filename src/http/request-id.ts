import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { inRequest } from '../logging/request-context.js';
import { asSeenBy } from '../sight/current-sight.js';

export const REQUEST_ID_HEADER = 'x-request-id';
const ACCEPTABLE = /^[A-Za-z0-9._-]{1,128}$/;

/** The id that the caller gave the request, if it is a sane one, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : randomUUID();
}

/** Sends the request's id back and lets everything done for the request know it. */
export function registerRequestIds(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header(REQUEST_ID_HEADER, request.id);
    inRequest({ requestId: request.id }, done);
  });
  // Reading the body leaves the asynchronous context of the first hook. By now it is known who asks.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const { id: requestId, caller } = request;
    inRequest({ requestId, keyName: caller?.name }, () => (caller === undefined ? done() : asSeenBy(caller.sight, done)));
  });
}
