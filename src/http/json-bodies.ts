import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isCrowded, tooMany } from './input.pipe.js';

/** What has come, and is about to be looked at, has so many bytes. */
type BeforeReading = (request: FastifyRequest, bytes: number) => Promise<void>;

/** Bodies are JSON or absent; nothing else is parsed. */
export function registerJsonBodies(fastify: FastifyInstance, beforeReading: BeforeReading): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, async (request: FastifyRequest, body: string | Buffer) => {
    // Many clients name a content type although they send nothing.
    if (body.length === 0) return undefined;
    await beforeReading(request, Buffer.byteLength(body));
    if (isCrowded(body as string)) throw tooMany();
    return new Promise<unknown>((resolve, reject) => {
      void parseJson(request, body as string, (error, value) => (error ? reject(error) : resolve(value)));
    });
  });
}
