import { Args, ID, Mutation, Parent, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import { DryRun } from '../graphql/args.js';
import { Link } from '../graphql/link.decorator.js';
import { payload, payloadType } from '../graphql/payload.js';
import { NotesChanges } from '../inventory/attempt.js';
import type { Delivery, DeliveryAttempt } from '../outbox/delivery.js';
import { DeliveryAttemptModel } from '../webhooks/delivery-attempt.model.js';
import { WebhookModel } from '../webhooks/webhook.model.js';
import type { Webhook } from '../webhooks/webhook.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import { DeliveriesService } from './deliveries.service.js';
import { RedeliverRangeInput } from './delivery.inputs.js';
import { DeliveryModel, RedeliveredRangeModel } from './delivery.model.js';

const RedeliverPayload = payloadType('RedeliverPayload', 'delivery', DeliveryModel, 'The delivery, queued.');
const RangePayload = payloadType('RedeliverRangePayload', 'range', RedeliveredRangeModel, 'What it came to.');

const WebhookId = () => Args('webhook', { type: () => ID, description: 'Id of the webhook.' });
const DeliveryId = () => Args('delivery', { type: () => ID, description: 'Id of the delivery.' });

@Resolver(() => DeliveryModel)
export class DeliveriesResolver {
  constructor(
    private readonly deliveries: DeliveriesService,
    private readonly webhooks: WebhooksService,
  ) {}

  @Query(() => DeliveryModel, { name: 'delivery', description: 'A delivery. Fails with DELIVERY_NOT_FOUND.' })
  @Requires('webhooks:read')
  get(@WebhookId() webhook: string, @DeliveryId() delivery: string): Promise<Delivery> {
    return this.deliveries.get(webhook, delivery);
  }

  @NotesChanges()
  @Mutation(() => RedeliverPayload, { description: 'Sends an event again, with the same `webhook-id`.' })
  @Requires('webhooks:manage')
  async redeliver(@WebhookId() webhook: string, @DeliveryId() delivery: string, @DryRun() dryRun: boolean) {
    return payload('delivery', await this.deliveries.redeliver(webhook, delivery, { dryRun }));
  }

  @NotesChanges()
  @Mutation(() => RangePayload, { description: 'Sends the events of a range again that pass the filter of the webhook.' })
  @Requires('webhooks:manage')
  async redeliverRange(
    @WebhookId() webhook: string,
    @Args('input', { description: 'The range.' }) input: RedeliverRangeInput,
    @DryRun() dryRun: boolean,
  ) {
    return payload('range', await this.deliveries.redeliverRange(webhook, input, { dryRun }));
  }

  @Link('Delivery', 'webhooks:read', () => [DeliveryAttemptModel], { description: 'All attempts, oldest first, those before a redelivery included.' })
  attempts(@Parent() { id }: Delivery): Promise<readonly DeliveryAttempt[]> {
    return this.deliveries.attempts(id);
  }

  @Link('Delivery', 'webhooks:read', () => WebhookModel, { description: 'The webhook that it is for.' })
  webhook(@Parent() { webhookId }: Delivery): Promise<Webhook> {
    return this.webhooks.get(webhookId);
  }
}
