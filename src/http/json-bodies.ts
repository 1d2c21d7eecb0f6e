import type { FastifyInstance } from 'fastify';
import { isCrowded, tooMany } from './input.pipe.js';

/** Bodies are JSON or absent; nothing else is parsed. */
export function registerJsonBodies(fastify: FastifyInstance): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Many clients name a content type although they send nothing.
    if (body.length === 0) done(null, undefined);
    else if (isCrowded(body as string)) done(tooMany());
    else void parseJson(request, body as string, done);
  });
}
