import { ObjectType } from '@nestjs/graphql';
import { EventSubjectModel } from '../event-log/event.model.js';
import type { EventType } from '../events/event.js';
import { describedEnum } from '../faces/described-enum.js';
import { Shown, ShownInRest } from '../faces/shown.decorator.js';
import type { Delivery, DeliveryState, DeliveryWithAttempts, RedeliveredRange } from '../outbox/delivery.js';
import { DeliveryAttemptModel } from '../webhooks/delivery-attempt.model.js';

export const DeliveryStateEnum = describedEnum<DeliveryState>('DeliveryState', 'How a delivery stands.', {
  pending: 'It waits for its turn or its next attempt, or is being sent.',
  delivered: 'The receiver took it.',
  failed: 'It was given up.',
  cancelled: 'The webhook was disabled before it was sent.',
});

@ObjectType('Delivery', { description: 'One event on its way to one webhook. It is kept as long as the event is.' })
export class DeliveryModel implements Delivery {
  @Shown({ type: 'id', description: 'Unique.' })
  id!: string;

  @Shown({ type: 'id', description: 'Of the webhook.' })
  webhookId!: string;

  @Shown({ type: 'id', description: 'Of the event: what the receiver sees as `webhook-id`.' })
  eventId!: string;

  @Shown({ description: 'Cursor of the event.', example: 'mie4yj6a1k7q0000000002s' })
  eventCursor!: string;

  @Shown({ description: 'Type of the event.', example: 'network.created' })
  eventType!: EventType;

  @Shown({ type: () => EventSubjectModel, description: 'What the event is about.' })
  subject!: EventSubjectModel;

  @Shown({ type: DeliveryStateEnum, description: 'How it stands.', example: 'delivered' })
  state!: DeliveryState;

  @Shown({ type: 'integer', description: 'Attempts since it was last queued.', example: 1 })
  attemptCount!: number;

  @Shown({ type: 'datetime', description: 'When it was last queued.' })
  queuedAt!: string;

  @Shown({
    type: 'datetime',
    nullable: true,
    description: 'When it is tried next; null where an earlier one about its subject comes first, it is being sent, or it is done.',
  })
  nextAttemptAt!: string | null;

  @Shown({ type: 'datetime', nullable: true, description: 'When it was delivered, given up or cancelled; null while pending.' })
  finishedAt!: string | null;
}

/** REST's own: GraphQL has the attempts as a field that leads to them. */
export class DeliveryWithAttemptsModel extends DeliveryModel implements DeliveryWithAttempts {
  @ShownInRest({
    type: () => DeliveryAttemptModel,
    list: true,
    description: 'All attempts, oldest first, those before a redelivery included.',
  })
  attempts!: readonly DeliveryAttemptModel[];
}

@ObjectType('RedeliveredRange', { description: 'What sending a range again came to.' })
export class RedeliveredRangeModel implements RedeliveredRange {
  @Shown({ type: 'integer', description: 'Deliveries that were queued; that would be, for a dry run.', example: 12 })
  queued!: number;
}
