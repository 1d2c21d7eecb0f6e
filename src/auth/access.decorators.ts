import { applyDecorators, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import type { Scope } from './scopes.js';

/** What a route, query, mutation or subscription asks of its caller. */
export type Access = { readonly scope: Scope } | 'public';

export const ACCESS = Symbol('access');

/** The caller's key must have this scope. */
export function Requires(scope: Scope): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(ACCESS, { scope } satisfies Access), ApiBearerAuth());
}

/** Answers without a key; must hold no data. */
export function Public(): MethodDecorator {
  return applyDecorators(
    SetMetadata(ACCESS, 'public' satisfies Access),
    RouteConfig({ isPublic: true }),
    ApiSecurity({}),
  );
}
