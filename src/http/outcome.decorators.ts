import {
  applyDecorators,
  Injectable,
  SetMetadata,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { Outcome } from '../inventory/outcome.js';
import { resourceTag } from '../inventory/resource-tag.js';
import { FailsWithKey } from './idempotency-key.js';

interface Answer {
  /** Where what was created is to be found; 201 then. */
  readonly location?: (resource: object) => string;
  /** What was removed is not shown: 204. */
  readonly removed?: boolean;
}

const ANSWER = Symbol('answer');

/**
 * Turns what a command did into status, headers and body, as its route declares. It stands outside of whatever keeps
 * outcomes and gives them again: so a repetition is answered like the first.
 */
@Injectable()
export class OutcomeInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const declared = this.reflector.get<Answer | undefined>(ANSWER, context.getHandler());
    if (declared === undefined) return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(map((outcome) => answer(reply, declared, outcome as Outcome<object>)));
  }
}

function answer(
  reply: FastifyReply,
  { location, removed }: Answer,
  { resource, changed, warnings }: Outcome<object>,
): unknown {
  const lines = warnings.map((warning) => `299 fairlead ${JSON.stringify(ascii(warning))}`);
  if (lines.length > 0) void reply.header('warning', lines);
  if (changed && removed) {
    void reply.code(204);
    return undefined;
  }
  void reply.code(changed && location !== undefined ? 201 : 200).header('etag', resourceTag(resource));
  if (changed && location !== undefined) void reply.header('location', location(resource));
  return resource;
}

/** Header fields carry nothing but ASCII. */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

const WARNING = { Warning: { description: 'What to know although it was done.', schema: { type: 'string' } } } as const;
const ETAG = { ETag: { description: 'Entity tag of the state shown.', schema: { type: 'string' } } } as const;
const LOCATION = { Location: { description: 'Where it is to be found.', schema: { type: 'string' } } } as const;

/** The route creates a resource: 201 with `Location`; 200 where it stood already or for a dry run. */
export function Creates<T extends object>(
  model: Type<T>,
  location: (resource: T) => string,
  unchanged = 'A dry run: nothing was made, this is what would be.',
): MethodDecorator {
  return applyDecorators(
    FailsWithKey(),
    SetMetadata(ANSWER, { location: (resource) => location(resource as T) } satisfies Answer),
    ApiResponse({ status: 201, type: model, description: 'It was made.', headers: { ...LOCATION, ...ETAG, ...WARNING } }),
    ApiResponse({ status: 200, type: model, description: unchanged, headers: { ...ETAG, ...WARNING } }),
  );
}

/** The route changes a resource and shows what it is now. */
export function Changes(model: Type<unknown>): MethodDecorator {
  return applyDecorators(
    FailsWithKey(),
    SetMetadata(ANSWER, {} satisfies Answer),
    ApiHeader(IF_MATCH),
    ApiResponse({ status: 200, type: model, description: 'As it is now.', headers: { ...ETAG, ...WARNING } }),
  );
}

/** The route removes a resource: 204; 200 with the resource for a dry run. */
export function Removes(model: Type<unknown>): MethodDecorator {
  return applyDecorators(
    FailsWithKey(),
    SetMetadata(ANSWER, { removed: true } satisfies Answer),
    ApiHeader(IF_MATCH),
    ApiResponse({ status: 204, description: 'It was removed.', headers: WARNING }),
    ApiResponse({ status: 200, type: model, description: 'A dry run: this would be removed.', headers: ETAG }),
  );
}

const IF_MATCH = {
  name: 'If-Match',
  required: false,
  description: 'ETag that it must still have; 412 `PRECONDITION_FAILED` otherwise.',
} as const;
