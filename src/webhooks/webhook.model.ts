import { ObjectType } from '@nestjs/graphql';
import { EventOriginEnum } from '../event-log/event.model.js';
import type { EventOrigin } from '../events/event.js';
import { describedEnum } from '../faces/described-enum.js';
import { Shown, ShownInRest } from '../faces/shown.decorator.js';
import type { Failure } from '../outgoing/request-outcome.js';
import { DeliveryAttemptModel, FailureEnum } from './delivery-attempt.model.js';
import type { DisabledReason, LastDelivery, Webhook, WebhookFilter, WebhookTest, WebhookWithSecret } from './webhook.js';

export const DisabledReasonEnum = describedEnum<DisabledReason>('WebhookDisabledReason', 'Why a webhook is disabled.', {
  requested: 'A caller wanted it.',
  gone: 'The receiver answered 410.',
  failing: 'Nothing could be delivered for three days.',
  keyEnded: 'The key that made it was revoked, or its time is over. It cannot be enabled again.',
});

@ObjectType('EventFilter', { description: 'Which events are wanted; an empty list excludes nothing.' })
export class EventFilterModel implements WebhookFilter {
  @Shown({ list: true, description: 'Types, or families as `network.*`.', example: ['network.*'] })
  types!: readonly string[];

  @Shown({ list: true, description: 'Names of engines.', example: [] })
  engines!: readonly string[];

  @Shown({ list: true, description: 'Ids or names of networks.', example: [] })
  networks!: readonly string[];

  @Shown({ list: true, description: 'Ids or names of containers.', example: [] })
  containers!: readonly string[];

  @Shown({ list: true, description: 'Labels, `key` or `key=value`.', example: [] })
  labels!: readonly string[];

  @Shown({ type: EventOriginEnum, list: true, description: 'How they were found.', example: [] })
  origins!: readonly EventOrigin[];
}

@ObjectType('LastDelivery', { description: 'The last attempt to deliver anything to a webhook.' })
export class LastDeliveryModel implements LastDelivery {
  @Shown({ type: 'id', description: 'Of the delivery.' })
  deliveryId!: string;

  @Shown({ type: 'datetime', description: 'When it was made.' })
  at!: string;

  @Shown({ type: 'integer', nullable: true, description: 'HTTP status of the answer; null where none came.', example: 204 })
  status!: number | null;

  @Shown({ type: FailureEnum, nullable: true, description: 'Why it failed; null where it succeeded.' })
  failure!: Failure | null;
}

@ObjectType('Webhook', { description: 'An endpoint that events are delivered to.' })
export class WebhookModel implements Webhook {
  @Shown({ type: 'id', description: 'Unique.' })
  id!: string;

  @Shown({ description: 'Where events are sent.', example: 'https://hooks.example.com/fairlead' })
  url!: string;

  @Shown({ nullable: true, description: 'What it is for; null where nobody said.', example: 'Tells the DNS server' })
  description!: string | null;

  @Shown({ type: 'boolean', description: 'Whether events are sent. While not, none are queued.', example: true })
  enabled!: boolean;

  @Shown({ type: DisabledReasonEnum, nullable: true, description: 'Why it is disabled; null while it is enabled.' })
  disabledReason!: DisabledReason | null;

  @Shown({ type: () => EventFilterModel, description: 'Which events are sent.' })
  filter!: EventFilterModel;

  @Shown({ list: true, description: 'Names of its own headers; their values are never shown.', example: ['x-tenant'] })
  headers!: readonly string[];

  @Shown({ type: 'datetime', description: 'When it was made.' })
  createdAt!: string;

  @Shown({ description: 'Name of the key that made it. It is sent what that key sees, as long as there is that key.', example: 'shop' })
  createdBy!: string;

  @Shown({
    type: () => LastDeliveryModel,
    nullable: true,
    description: 'The last attempt to deliver; null before the first. No part of the entity tag.',
  })
  lastDelivery!: LastDeliveryModel | null;

  @Shown({ type: 'boolean', description: 'Whether the last attempt failed.', example: false })
  failing!: boolean;
}

/** REST's own: GraphQL has the secret beside the webhook. */
export class WebhookWithSecretModel extends WebhookModel implements WebhookWithSecret {
  @ShownInRest({
    nullable: true,
    description: 'What signatures are made with, shown this once; null for a dry run.',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=',
  })
  secret!: string | null;
}

@ObjectType('WebhookTest', { description: 'How a try of a webhook went.' })
export class WebhookTestModel extends DeliveryAttemptModel implements WebhookTest {
  @Shown({ type: 'id', description: 'What the receiver saw as `webhook-id`.' })
  eventId!: string;

  @Shown({ type: 'boolean', description: 'Whether the receiver took it.', example: true })
  delivered!: boolean;
}
