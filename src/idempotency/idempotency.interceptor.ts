import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { inAttempt, NOTES_ATTEMPTS, type Noting } from '../inventory/attempt.js';
import { noteReplay } from '../inventory/command-notes.js';
import { SHOWS_SECRET } from '../secrets/shows-secret.decorator.js';
import { IdempotencyService } from './idempotency.service.js';
import { keyedWrite } from './keyed-write.js';

/** Gives repetitions of a write with a key the first answer again, through both faces. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly idempotency: IdempotencyService,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const write = keyedWrite(context);
    if (write === undefined) return next.handle();
    const targets = [context.getHandler(), context.getClass()];
    const answer = this.idempotency.run(write, {
      noting: this.reflector.getAllAndOverride<Noting | undefined>(NOTES_ATTEMPTS, targets),
      showsSecret: this.reflector.getAllAndOverride<boolean | undefined>(SHOWS_SECRET, targets) ?? false,
      carryOut: (attempt) => lastValueFrom(inAttempt(attempt, () => next.handle()), { defaultValue: undefined }),
      onReplay: () => tellReplay(context),
    });
    return from(answer);
  }
}

function tellReplay(context: ExecutionContext): void {
  noteReplay();
  if (context.getType<string>() !== 'http') return;
  void context.switchToHttp().getResponse<FastifyReply>().header('idempotent-replayed', 'true');
}
