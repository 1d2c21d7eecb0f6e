import type { FastifyInstance } from 'fastify';

/** Bodies are JSON or absent; nothing else is parsed. */
export function registerJsonBodies(fastify: FastifyInstance): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Many clients name a content type although they send nothing.
    if (body.length === 0) done(null, undefined);
    else void parseJson(request, body as string, done);
  });
}
