import type { FastifyInstance, FastifyRequest } from 'fastify';
import { brokenOff } from '../http/request-failure.js';
import { costOfQuery } from '../limits/costs.js';
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

/** Charges for a query before it is read, which Apollo's plugins cannot refuse to have done. */
export function registerQueryCost(fastify: FastifyInstance): void {
  fastify.addHook('preHandler', async ({ routeOptions, turn, body, query }: FastifyRequest) => {
    const text = routeOptions.url === '/graphql' ? (textOf(body) ?? textOf(query)) : undefined;
    if (text !== undefined) await turn?.spend(costOfQuery(text));
  });
}

function textOf(asked: unknown): string | undefined {
  if (typeof asked !== 'object' || asked === null || !('query' in asked)) return undefined;
  return typeof asked.query === 'string' ? asked.query : undefined;
}
