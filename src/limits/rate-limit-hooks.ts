import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain.error.js';
import { costOfReading } from './costs.js';
import { keySpent, Turn, type RateLimits } from './rate-limits.js';
import type { Strangers } from './strangers.js';

const WINDOW_SECONDS = 60;

/** Before the door: whoever has tried too often is not even asked for a key. */
export function registerAddressLimit(fastify: FastifyInstance, limits: RateLimits): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    try {
      if (!isProbe(request)) limits.admit(request.ip, request.headers.authorization);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    // Where keys cannot be told from wrong ones, nobody is blamed for theirs.
    if (request.caller === undefined && reply.statusCode < 500) {
      if (reply.statusCode === 401) limits.forget(request.ip, request.headers.authorization);
      if (!isProbe(request) && !isPartOfPage(request, reply)) limits.noteStranger(request.ip);
    }
    done();
  });
}

/** Behind the door, by the fields of draft-ietf-httpapi-ratelimit-headers. */
export function registerKeyLimit(fastify: FastifyInstance, limits: RateLimits, strangers: Strangers): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { caller } = request;
    if (caller === undefined) {
      done();
      return;
    }
    const budget = limits.spend(caller.keyId, 1 + costOfReading(Number(request.headers['content-length'] ?? 0)));
    if (budget !== undefined) {
      void reply.header('ratelimit-policy', `"key";q=${budget.limit};w=${WINDOW_SECONDS}`);
      void reply.header('ratelimit', `"key";r=${budget.remaining};t=${budget.resetSeconds}`);
    }
    try {
      if (budget?.isSpent === true) throw keySpent(budget);
      strangers.trust(request.raw.socket, caller.keyId);
      limits.noteGood(request.ip, request.headers.authorization);
      request.turn = new Turn(limits, caller.keyId);
      done();
    } catch (error) {
      // Who has spent everything keeps no connection. With a body still under way the answer would be lost.
      if (Number(request.headers['content-length'] ?? 0) === 0) void reply.header('connection', 'close');
      done(error as Error);
    }
  });
}

/** What a body costs whose length was not told: it is known when it has come, or will not. */
export function registerUntoldBodies(fastify: FastifyInstance, limits: RateLimits): void {
  fastify.addHook('preParsing', (request, _reply, body, done) => {
    const { caller } = request;
    if (caller !== undefined && isUntold(request)) {
      let bytes = 0;
      body.on('data', (chunk: Buffer) => (bytes += chunk.length));
      body.once('end', () => limits.spend(caller.keyId, costOfReading(bytes)));
    }
    done(null, body);
  });
}

/** A body has come, and what it costs was spent: it is looked at when its turn comes, and where somebody waits for that. */
export function turnToRead(limits: RateLimits): (request: FastifyRequest, bytes: number) => Promise<void> {
  return async (request, bytes) => {
    const { caller, turn, raw } = request;
    if (caller !== undefined && isUntold(request)) limits.requireLeft(caller.keyId);
    await turn?.wait(costOfReading(bytes));
    if (raw.socket.destroyed) throw new DomainError('MALFORMED_REQUEST', 'The client has gone.');
  };
}

function isUntold({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined;
}

/** What browsers ask for by themselves, often and without a key: whether a page may ask at all, and what a page is made of. */
function isPartOfPage({ method, routeOptions }: FastifyRequest, { statusCode }: FastifyReply): boolean {
  if (method === 'OPTIONS') return statusCode === 204;
  return statusCode < 400 && /^\/(?:graphql\/assets|docs)\/./.test(routeOptions.url ?? '');
}

/** Who asks whether the service is well asks from one place, often, and must be told. What only looks like it is none. */
function isProbe({ is404, routeOptions }: FastifyRequest): boolean {
  return !is404 && routeOptions.url?.startsWith('/health/') === true;
}
