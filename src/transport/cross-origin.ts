import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** What pages may send. */
const SENT = ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match', 'Last-Event-ID', 'X-Request-Id'];
/** What pages may read beside what browsers let them anyway. */
const READ = [
  ...['Allow', 'ETag', 'Idempotent-Replayed', 'Link', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After'],
  ...['Warning', 'WWW-Authenticate', 'X-Request-Id'],
];
const PREFLIGHT_KEPT_S = 600;

/** Lets pages of these origins call the service; without any, browsers keep everybody's out. Keys are sent by hand: no credentials. */
export function registerCrossOrigin(fastify: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  void fastify.register(cors, {
    origin: [...origins],
    methods: METHODS,
    allowedHeaders: SENT,
    exposedHeaders: READ,
    credentials: false,
    maxAge: PREFLIGHT_KEPT_S,
    strictPreflight: false,
  });
}
