import { Module } from '@nestjs/common';
import { EventLogModule } from '../event-log/event-log.module.js';
import { OutboxModule } from '../outbox/outbox.module.js';
import { OutgoingModule } from '../outgoing/outgoing.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { AttemptsRepository } from './attempts.repository.js';
import { ClaimsRepository } from './claims.repository.js';
import { DeliveriesController } from './deliveries.controller.js';
import { DeliveriesResolver } from './deliveries.resolver.js';
import { DeliveriesService } from './deliveries.service.js';
import { DeliveryExchange } from './delivery-exchange.js';
import { DeliveryTally } from './delivery-tally.js';
import { DeliveryTimings } from './delivery-timings.js';
import { Dispatcher } from './dispatcher.js';
import { WebhookLinksResolver } from './webhook-links.resolver.js';

@Module({
  imports: [EventLogModule, OutboxModule, OutgoingModule, WebhooksModule],
  controllers: [DeliveriesController],
  providers: [
    AttemptsRepository,
    ClaimsRepository,
    DeliveriesResolver,
    DeliveriesService,
    DeliveryExchange,
    DeliveryTally,
    { provide: DeliveryTimings, useFactory: () => new DeliveryTimings() },
    Dispatcher,
    WebhookLinksResolver,
  ],
  exports: [DeliveryTally],
})
export class DeliveriesModule {}
