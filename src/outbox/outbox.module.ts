import { Module } from '@nestjs/common';
import { EventLogModule } from '../event-log/event-log.module.js';
import { DeliverySignal } from './delivery-signal.js';
import { MissedEvents } from './missed-events.js';
import { Outbox } from './outbox.js';
import { OutboxRepository } from './outbox.repository.js';

/** What webhooks are owed. */
@Module({
  imports: [EventLogModule],
  providers: [DeliverySignal, MissedEvents, Outbox, OutboxRepository],
  exports: [DeliverySignal, MissedEvents, OutboxRepository],
})
export class OutboxModule {}
