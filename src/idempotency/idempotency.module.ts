import { Module } from '@nestjs/common';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { IdempotencyService } from './idempotency.service.js';
import { IdempotencyTimings } from './idempotency-timings.js';

@Module({
  providers: [
    IdempotencyInterceptor,
    IdempotencyRepository,
    IdempotencyService,
    { provide: IdempotencyTimings, useValue: new IdempotencyTimings() },
  ],
  exports: [IdempotencyInterceptor],
})
export class IdempotencyModule {}
