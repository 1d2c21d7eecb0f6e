import {
  applyDecorators,
  Injectable,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { EngineFreshnessModel } from '../faces/engine-freshness.model.js';
import { Fails } from './fails.decorator.js';
import type { Listing } from '../inventory/page.js';

/** A list as REST answers it. */
export type ListAnswer<T> = Pick<Listing<T>, 'items' | 'nextCursor' | 'total' | 'engines'>;

@Injectable()
class ListInterceptor implements NestInterceptor {
  intercept(
    context: ExecutionContext,
    next: CallHandler<Listing<unknown> | undefined>,
  ): Observable<ListAnswer<unknown> | undefined> {
    const http = context.switchToHttp();
    const { url } = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(
      map((listing) => {
        // The route has answered by itself, with a stream.
        if (listing === undefined) return undefined;
        const { items, nextCursor, total, engines } = listing;
        if (nextCursor !== null) void reply.header('link', `<${withCursor(url, nextCursor)}>; rel="next"`);
        return { items, nextCursor, total, engines };
      }),
    );
  }
}

function withCursor(url: string, cursor: string): string {
  const [path = '', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters.toString()}`;
}

/** The route answers a page of `model`: in the envelope of all lists, with a `Link` to the next page. */
export function Lists(model: Type<unknown>, what: string): MethodDecorator {
  return applyDecorators(
    UseInterceptors(ListInterceptor),
    Fails('VALIDATION_FAILED', 'INVALID_CURSOR'),
    ApiExtraModels(model, EngineFreshnessModel),
    ApiResponse({
      status: 200,
      description: `A page of ${what}.`,
      headers: { Link: { description: 'RFC 8288 link to the next page.', schema: { type: 'string' } } },
      schema: {
        type: 'object',
        required: ['items', 'nextCursor', 'total', 'engines'],
        properties: {
          items: {
            type: 'array',
            items: { $ref: getSchemaPath(model) },
            description: 'This page, in order.',
          },
          nextCursor: {
            type: 'string',
            nullable: true,
            description: 'Where the next page begins; null on the last.',
          },
          total: { type: 'integer', description: 'Items on all pages.' },
          engines: {
            type: 'array',
            items: { $ref: getSchemaPath(EngineFreshnessModel) },
            description: 'How old this answer is, by engine.',
          },
        },
      },
    }),
  );
}
