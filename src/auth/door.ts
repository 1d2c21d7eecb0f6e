import type { FastifyInstance } from 'fastify';
import type { DomainError } from '../errors/domain.error.js';
import type { ApiKeys } from './api-keys.js';

/** Lets nobody in without a key, not even to learn which addresses exist; only public routes stay open. */
export function registerDoor(fastify: FastifyInstance, keys: ApiKeys): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404 && request.routeOptions.config.isPublic === true) {
      done();
      return;
    }
    const { authorization } = request.headers;
    try {
      request.caller = keys.authenticate(authorization, request.ip);
      done();
    } catch (error) {
      const hint = authorization === undefined ? '' : ' error="invalid_token"';
      if ((error as DomainError).code === 'UNAUTHENTICATED') {
        void reply.header('www-authenticate', `Bearer realm="fairlead"${hint && `,${hint}`}`);
      }
      done(error as Error);
    }
  });
}
