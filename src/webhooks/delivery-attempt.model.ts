import { ObjectType } from '@nestjs/graphql';
import { describedEnum } from '../faces/described-enum.js';
import { Shown } from '../faces/shown.decorator.js';
import type { DeliveryAttempt } from '../outbox/delivery.js';
import type { Failure } from '../outgoing/request-outcome.js';

export const FailureEnum = describedEnum<Failure>('DeliveryFailure', 'Why an attempt to deliver failed.', {
  clientError: 'The receiver answered 4xx.',
  serverError: 'The receiver answered 5xx.',
  redirect: 'The receiver answered 3xx, which is never followed.',
  timeout: 'There was no answer in time.',
  connection: 'The receiver could not be reached, or the connection broke before it answered.',
  refusedAddress: 'The URL leads to an address that webhooks are not delivered to.',
  tooLarge: 'The event is larger than a delivery may be.',
});

@ObjectType('DeliveryAttempt', { description: 'One try to deliver an event.' })
export class DeliveryAttemptModel implements DeliveryAttempt {
  @Shown({ type: 'datetime', description: 'When it was made.' })
  at!: string;

  @Shown({ type: 'integer', description: 'How long it took, in milliseconds.', example: 12 })
  durationMs!: number;

  @Shown({ type: 'integer', nullable: true, description: 'HTTP status of the answer; null where none came.', example: 204 })
  status!: number | null;

  @Shown({ type: FailureEnum, nullable: true, description: 'Why it failed; null where it succeeded.' })
  failure!: Failure | null;

  @Shown({ nullable: true, description: 'What went wrong, in words, where no answer came; else null.' })
  detail!: string | null;

  @Shown({ nullable: true, description: "The first 1,024 characters of the answer's body; null where none came." })
  responseHead!: string | null;
}
