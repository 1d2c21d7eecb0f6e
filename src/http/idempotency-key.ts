import { applyDecorators } from '@nestjs/common';
import { Fails } from './fails.decorator.js';

export const IDEMPOTENCY_KEY_HEADER = 'Idempotency-Key';

/** What any write can fail with that was asked for with an idempotency key. */
export function FailsWithKey(): MethodDecorator {
  return applyDecorators(
    Fails('VALIDATION_FAILED', 'IDEMPOTENCY_IN_PROGRESS', 'IDEMPOTENCY_UNFINISHED'),
    Fails('IDEMPOTENCY_KEY_REUSED', 'SECRET_KEY_MISMATCH', 'DATABASE_UNAVAILABLE'),
  );
}
