import { Module } from '@nestjs/common';
import { EventLogModule } from '../event-log/event-log.module.js';
import { OutboxModule } from '../outbox/outbox.module.js';
import { OutgoingModule } from '../outgoing/outgoing.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { EndedMakers } from './ended-makers.js';
import { EndpointAddresses } from './endpoint-addresses.js';
import { EndpointDisabling } from './endpoint-disabling.js';
import { EndpointTesting } from './endpoint-testing.js';
import { EndpointVault } from './endpoint-vault.js';
import { MissedDeliveriesRepository } from './missed-deliveries.repository.js';
import { WebhookEnabling } from './webhook-enabling.js';
import { WebhookCommands } from './webhook.commands.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksRepository } from './webhooks.repository.js';
import { WebhooksResolver } from './webhooks.resolver.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [EventLogModule, OutboxModule, OutgoingModule, SecretsModule],
  controllers: [WebhooksController],
  providers: [
    EndedMakers,
    EndpointAddresses,
    EndpointDisabling,
    EndpointTesting,
    EndpointVault,
    MissedDeliveriesRepository,
    WebhookCommands,
    WebhookEnabling,
    WebhooksRepository,
    WebhooksResolver,
    WebhooksService,
  ],
  exports: [EndpointDisabling, EndpointVault, WebhooksRepository, WebhooksService],
})
export class WebhooksModule {}
