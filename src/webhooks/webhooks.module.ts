import { Module } from '@nestjs/common';
import { EventLogModule } from '../event-log/event-log.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { AddressGuard } from './address-guard.js';
import { AttemptsRepository } from './attempts.repository.js';
import { ClaimsRepository } from './claims.repository.js';
import { DeliveriesController } from './deliveries.controller.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import { DeliveriesResolver } from './deliveries.resolver.js';
import { DeliveriesService } from './deliveries.service.js';
import { DeliveryExchange } from './delivery-exchange.js';
import { DeliverySender } from './delivery-sender.js';
import { DeliverySignal } from './delivery-signal.js';
import { DeliveryTally } from './delivery-tally.js';
import { DeliveryTimings } from './delivery-timings.js';
import { Dispatcher } from './dispatcher.js';
import { EndpointAddresses } from './endpoint-addresses.js';
import { EndpointDisabling } from './endpoint-disabling.js';
import { EndpointTesting } from './endpoint-testing.js';
import { EndpointVault } from './endpoint-vault.js';
import { MissedDeliveriesRepository } from './missed-deliveries.repository.js';
import { MissedEvents } from './missed-events.js';
import { NameResolver } from './name-resolver.js';
import { Outbox } from './outbox.js';
import { WebhookEnabling } from './webhook-enabling.js';
import { WebhookCommands } from './webhook.commands.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksRepository } from './webhooks.repository.js';
import { WebhooksResolver } from './webhooks.resolver.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [EventLogModule, SecretsModule],
  controllers: [WebhooksController, DeliveriesController],
  providers: [
    AddressGuard,
    AttemptsRepository,
    ClaimsRepository,
    DeliveriesRepository,
    DeliveriesResolver,
    DeliveriesService,
    DeliveryExchange,
    DeliverySender,
    DeliverySignal,
    DeliveryTally,
    { provide: DeliveryTimings, useFactory: () => new DeliveryTimings() },
    Dispatcher,
    EndpointAddresses,
    EndpointDisabling,
    EndpointTesting,
    EndpointVault,
    MissedDeliveriesRepository,
    MissedEvents,
    NameResolver,
    Outbox,
    WebhookCommands,
    WebhookEnabling,
    WebhooksRepository,
    WebhooksResolver,
    WebhooksService,
  ],
  exports: [DeliveryTally],
})
export class WebhooksModule {}
