import type { FastifyInstance } from 'fastify';

/** Of an answer that is no page: should a browser show it, nothing in it can act, and no page may frame it. */
const NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What every answer bears, whoever makes it. Pages and what may be kept set theirs anew. */
export const SECURITY_HEADERS = {
  // What a key may see is for nobody after it; only what bears an entity tag may be kept, by who asked.
  'cache-control': 'no-store',
  'content-security-policy': NO_PAGE,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // For what does not know `frame-ancestors`.
  'x-frame-options': 'DENY',
} as const;

/** To be kept by who asked, and used once the entity tag was compared. */
export const REVALIDATED = 'private, no-cache';

/** For a page whose scripts and styles are its own files; both pages set styles on elements, which needs `unsafe-inline`. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function registerSecurityHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(SECURITY_HEADERS);
    done();
  });
}
