import type { FastifyInstance } from 'fastify';
import type { Log } from '../logging/log.js';

/** One line per answered request. Probes come every few seconds: they are told at debug. */
export function registerRequestLog(fastify: FastifyInstance, log: Log): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const quiet = request.url.startsWith('/health/') || request.url.startsWith('/metrics');
    const line = {
      requestId: request.id,
      method: request.method,
      // Without the query: a careless caller may put a secret there.
      path: request.url.split('?', 1)[0],
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
      keyId: request.caller?.keyId,
      address: request.ip,
    };
    log[quiet ? 'debug' : 'info'](line, 'request');
    done();
  });
}
