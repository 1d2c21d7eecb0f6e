import {
  applyDecorators,
  Injectable,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { resourceTag } from '../inventory/resource-tag.js';
import { isNotModified, parseEntityTags } from './entity-tags.js';
import { REVALIDATED } from './security-headers.js';

@Injectable()
class TagInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<object>): Observable<object | undefined> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(
      map((resource) => {
        const tag = resourceTag(resource);
        void reply.headers({ etag: tag, 'cache-control': REVALIDATED });
        const isRead = request.method === 'GET' || request.method === 'HEAD';
        if (!isRead || !isNotModified(parseEntityTags(request.headers['if-none-match']), tag))
          return resource;
        void reply.code(304);
        return undefined;
      }),
    );
  }
}

/** The route answers one resource: with its `ETag`, and with 304 where the caller has it already. */
export function Tagged(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(TagInterceptor),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'ETags of states that the caller has already.',
    }),
    ApiResponse({ status: 304, description: 'The caller has this state already.' }),
  );
}
