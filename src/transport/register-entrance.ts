import type { FastifyInstance } from 'fastify';
import type { Entrance } from './entrance.js';

/** HTTPS for a year; it holds for every port of the host. */
const HTTPS_ONLY = 'max-age=31536000';

/** Refuses what came under a foreign name, before anything is told. */
export function registerEntrance(fastify: FastifyInstance, entrance: Entrance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    // A machine's `localhost` is where people try other things, too. Browsers pass over it for addresses.
    if (entrance.isEncrypted(request.raw) && request.hostname !== 'localhost') {
      void reply.header('strict-transport-security', HTTPS_ONLY);
    }
    done(entrance.refusal(request.raw));
  });
}
