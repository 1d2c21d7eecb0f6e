import { applyDecorators, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiSecurity } from '@nestjs/swagger';
import type { Scope } from './scopes.js';

/** What a route, query, mutation or subscription asks of its caller. */
export type Access = { readonly scope: Scope } | 'public';

export const ACCESS = Symbol('access');

/** The caller's key must have this scope, which OpenAPI tells as the role that the operation needs. */
export function Requires(scope: Scope): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(ACCESS, { scope } satisfies Access), ApiSecurity('bearer', [scope]));
}

/** Answers without a key; must hold no data. */
export function Public(): MethodDecorator {
  return applyDecorators(
    SetMetadata(ACCESS, 'public' satisfies Access),
    RouteConfig({ isPublic: true }),
    ApiSecurity({}),
  );
}
