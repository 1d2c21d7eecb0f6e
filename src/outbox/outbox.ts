import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Writer } from '../database/database.js';
import type { LoggedEvent } from '../event-log/event-filter.js';
import type { LogCompanion } from '../event-log/log-companion.js';
import { LogWriter } from '../event-log/log-writer.js';
import { DeliverySignal } from './delivery-signal.js';
import { OutboxRepository } from './outbox.repository.js';

/** Owes each event to the webhooks that want it, in the transaction that logs it. */
@Injectable()
export class Outbox implements LogCompanion, OnModuleInit {
  constructor(
    private readonly log: LogWriter,
    private readonly deliveries: OutboxRepository,
    private readonly signal: DeliverySignal,
  ) {}

  onModuleInit(): void {
    this.log.accompany(this);
  }

  async record(transaction: Writer, events: readonly LoggedEvent[]): Promise<void> {
    await this.deliveries.owe(transaction, events);
  }

  recorded(): void {
    this.signal.raise();
  }
}
