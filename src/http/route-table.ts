import type { FastifyInstance } from 'fastify';
import { DomainError } from '../errors/domain.error.js';

interface Route {
  readonly method: string;
  readonly segments: readonly string[];
}

/**
 * Where nothing answers, tells a wrong method from a wrong address. Raised before Nest's own answer to an unknown
 * address, and after the door: without a key nobody learns which addresses there are.
 */
export function registerRouteFailures(fastify: FastifyInstance): void {
  const routes: Route[] = [];
  fastify.addHook('onRoute', ({ url, method }) => {
    for (const one of [method].flat()) routes.push({ method: one, segments: url.split('/') });
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) {
      done();
      return;
    }
    const allowed = methodsAt(request.url.split('?', 1)[0] ?? '', routes);
    if (allowed.length === 0) {
      done(new DomainError('NOT_FOUND', 'There is nothing at this address.'));
      return;
    }
    void reply.header('allow', allowed.join(', '));
    const detail = `This address does not take ${request.method}; it takes ${allowed.join(', ')}.`;
    done(new DomainError('METHOD_NOT_ALLOWED', detail));
  });
}

function methodsAt(path: string, routes: readonly Route[]): readonly string[] {
  const segments = path.split('/');
  const fits = routes.filter((route) => matches(route.segments, segments));
  return [...new Set(fits.map(({ method }) => method))].sort();
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.includes('*') || pattern.length !== path.length) return false;
  return pattern.every((part, index) => (part.startsWith(':') ? path[index] !== '' : part === path[index]));
}
