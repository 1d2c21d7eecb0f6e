import type { FastifyInstance } from 'fastify';
import { brokenOff } from '../http/request-failure.js';
import { presentError } from './graphql-error.js';

/** What fails on the way to GraphQL (no key, a body that is no JSON) is told in GraphQL's shape. */
export function registerGraphqlErrors(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url !== '/graphql') return;
    route.errorHandler = (error, request, reply) => {
      const shown = presentError(brokenOff(error, request.raw) ?? error, request.id);
      const { retryAfterSeconds } = shown.extensions ?? {};
      if (typeof retryAfterSeconds === 'number') void reply.header('retry-after', retryAfterSeconds);
      const accepted = request.headers.accept ?? '';
      const isModern = accepted.includes('application/graphql-response+json');
      void reply
        .code(Number(shown.extensions?.status))
        .header(
          'content-type',
          `${isModern ? 'application/graphql-response+json' : 'application/json'}; charset=utf-8`,
        )
        .send(JSON.stringify({ errors: [shown] }));
    };
  });
}
