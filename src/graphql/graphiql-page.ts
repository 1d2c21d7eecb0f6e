import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PAGE_POLICY } from '../http/security-headers.js';

const OWN_FOLDER = fileURLToPath(new URL('./graphiql/', import.meta.url));

interface Asset {
  readonly name: string;
  readonly folder: string;
  readonly file: string;
}

/** Shows browsers a GraphiQL that is served from here alone. It holds no data, so it needs no key. */
export function registerGraphiql(fastify: FastifyInstance): void {
  const assets = listAssets();
  const folder = `/graphql/assets/${editionOf(assets)}`;
  const page = readFileSync(join(OWN_FOLDER, 'index.html'), 'utf8').replaceAll('{{assets}}', folder);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!asksForPage(request)) {
      done();
      return;
    }
    void reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': PAGE_POLICY,
        'cache-control': 'no-cache',
        vary: 'accept',
      })
      .send(page);
  });
  void fastify.register(async (scope) => {
    await scope.register(fastifyStatic, { root: OWN_FOLDER, serve: false });
    for (const { name, folder: root, file } of assets) {
      scope.get(`${folder}/${name}`, { config: { isPublic: true } }, (_request, reply) =>
        reply.sendFile(file, root, { maxAge: '365d', immutable: true }),
      );
    }
  });
}

/** A person's browser at the bare address, and not a query that was put into it. */
function asksForPage({ method, url, headers }: FastifyRequest): boolean {
  const accept = headers.accept ?? '';
  return (
    (method === 'GET' || method === 'HEAD') && /^\/graphql\/?$/.test(url) && accept.includes('text/html')
  );
}

function listAssets(): readonly Asset[] {
  const socketFolder = join(packageFolder('graphql-ws'), 'dist');
  // Its client imports one file, whose name changes from version to version.
  const shared = /from '\.\/(?<file>common-[\w-]+\.js)'/.exec(
    readFileSync(join(socketFolder, 'client.js'), 'utf8'),
  );
  const sharedFile = shared?.groups?.file;
  if (sharedFile === undefined) throw new Error('graphql-ws is laid out differently than GraphiQL needs it');
  const of = (folder: string, file: string, name = file): Asset => ({ name, folder, file });
  return [
    of(packageFolder('graphiql'), 'graphiql.min.js'),
    of(packageFolder('graphiql'), 'graphiql.min.css'),
    of(join(packageFolder('react'), 'umd'), 'react.production.min.js'),
    of(join(packageFolder('react-dom'), 'umd'), 'react-dom.production.min.js'),
    of(socketFolder, 'client.js', 'graphql-ws.js'),
    of(socketFolder, sharedFile),
    of(OWN_FOLDER, 'page.js'),
    of(OWN_FOLDER, 'page.css'),
  ];
}

function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

/** Part of the address, so that browsers keep the files for good and still see a new edition. */
function editionOf(assets: readonly Asset[]): string {
  const hash = createHash('sha256');
  for (const { folder, file } of assets) hash.update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}
