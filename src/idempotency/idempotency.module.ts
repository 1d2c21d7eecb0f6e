import { Module } from '@nestjs/common';
import { SecretsModule } from '../secrets/secrets.module.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { IdempotencyService } from './idempotency.service.js';
import { IdempotencyTimings } from './idempotency-timings.js';

@Module({
  imports: [SecretsModule],
  providers: [
    IdempotencyInterceptor,
    IdempotencyRepository,
    IdempotencyService,
    { provide: IdempotencyTimings, useValue: new IdempotencyTimings() },
  ],
  exports: [IdempotencyInterceptor],
})
export class IdempotencyModule {}
