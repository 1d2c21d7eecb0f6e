import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { parseEntityTags, type EntityTags } from './entity-tags.js';

/** The entity tags that a write is bound to; undefined without the header. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): EntityTags => {
  return parseEntityTags(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']);
});
