import { Args, Parent, Resolver } from '@nestjs/graphql';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import type { Delivery } from '../outbox/delivery.js';
import { WebhookModel } from '../webhooks/webhook.model.js';
import type { Webhook } from '../webhooks/webhook.js';
import { DeliveriesService } from './deliveries.service.js';
import { DeliveryModel } from './delivery.model.js';
import { DeliveriesArgs } from './delivery.queries.js';

const DeliveryConnection = connectionType<Delivery>(DeliveryModel, 'Delivery', 'deliveries');

/** From a webhook to its deliveries. */
@Resolver(() => WebhookModel)
export class WebhookLinksResolver {
  constructor(private readonly service: DeliveriesService) {}

  @Link('Webhook', 'webhooks:read', () => DeliveryConnection, { description: 'What was and is to be sent to it, newest event first.' })
  async deliveries(
    @Parent() { id }: Webhook,
    @Args() { first, after, state }: DeliveriesArgs,
  ): Promise<ConnectionOf<Delivery>> {
    return new ConnectionOf(await this.service.list(id, { limit: first, cursor: after ?? undefined, state }));
  }
}
