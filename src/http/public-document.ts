import type { FastifyInstance } from 'fastify';

/** Serves a document that holds no data to anybody, key or not. It is made when it is first asked for. */
export function servePublicDocument(fastify: FastifyInstance, path: string, make: () => object): void {
  let bytes: Buffer | undefined;
  fastify.get(path, { config: { isPublic: true } }, (_request, reply) => {
    bytes ??= Buffer.from(JSON.stringify(make()));
    void reply.type('application/json; charset=utf-8').send(bytes);
  });
}
