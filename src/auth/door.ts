import type { FastifyInstance } from 'fastify';
import { DomainError } from '../errors/domain.error.js';
import type { Doorkeeper } from './doorkeeper.js';

/** Lets nobody in without a key or a token, not even to learn which addresses exist; only public routes stay open. */
export function registerDoor(fastify: FastifyInstance, doorkeeper: Doorkeeper): void {
  fastify.addHook('onRequest', async (request, reply) => {
    if (!request.is404 && request.routeOptions.config.isPublic === true) return;
    const { authorization } = request.headers;
    try {
      request.caller = await doorkeeper.admit(authorization, request.ip);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'UNAUTHENTICATED') {
        void reply.header('www-authenticate', challenge(authorization === undefined ? undefined : error.detail));
      }
      throw error;
    }
  });
}

/** RFC 6750; what is said of a key or token that is refused holds nothing that would have to be escaped. */
function challenge(refusal: string | undefined): string {
  const why = refusal === undefined ? '' : `, error="invalid_token", error_description="${refusal}"`;
  return `Bearer realm="fairlead"${why}`;
}
