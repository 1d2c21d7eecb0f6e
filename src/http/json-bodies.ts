import type { FastifyInstance } from 'fastify';
import { refuseCrowded } from './input.pipe.js';

/** Bodies are JSON or absent; nothing else is parsed. */
export function registerJsonBodies(fastify: FastifyInstance): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Many clients name a content type although they send nothing.
    if (body.length === 0) return done(null, undefined);
    try {
      refuseCrowded(body as string);
    } catch (error) {
      return done(error as Error);
    }
    void parseJson(request, body as string, done);
  });
}
