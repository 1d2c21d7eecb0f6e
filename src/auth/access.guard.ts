import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain.error.js';
import { ACCESS, type Access } from './access.decorators.js';
import { nameOfMeans, requireGood, requireScope, type Caller } from './caller.js';
import { WHOLE_SCOPES } from './scopes.js';

/** The one guard: REST, GraphQL over HTTP and subscriptions all pass it. What declares nothing is closed. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'public') return true;
    const caller = callerOf(context);
    if (caller === undefined) throw new DomainError('UNAUTHENTICATED', 'Send an API key or a token.');
    requireGood(caller);
    if (access === undefined) throw new DomainError('FORBIDDEN', 'This is closed.');
    const { scope } = access;
    requireScope(caller, scope);
    if (caller.sight.isWhole || !WHOLE_SCOPES.has(scope)) return true;
    throw new DomainError('FORBIDDEN', `${scope} shows all of the service, and the ${nameOfMeans(caller)} is narrowed.`);
  }
}

/** GraphQL puts its context third, whatever carried the operation. */
export function callerOf(context: ExecutionContext): Caller | undefined {
  if (context.getType<string>() === 'graphql') return context.getArgByIndex<{ caller?: Caller }>(2).caller;
  return context.switchToHttp().getRequest<FastifyRequest>().caller;
}
