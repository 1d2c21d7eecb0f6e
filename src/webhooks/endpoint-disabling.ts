import { Injectable, Logger } from '@nestjs/common';
import type { Writer } from '../database/database.js';
import { DomainError } from '../errors/domain.error.js';
import { LogWriter } from '../event-log/log-writer.js';
import type { ObservedChange } from '../events/event.js';
import { OutboxRepository } from '../outbox/outbox.repository.js';
import { Sight } from '../sight/sight.js';
import type { DisabledReason, Webhook } from './webhook.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** Ends deliveries to an endpoint that takes none, and tells so by an event. */
@Injectable()
export class EndpointDisabling {
  private readonly logger = new Logger(EndpointDisabling.name);

  constructor(
    private readonly log: LogWriter,
    private readonly webhooks: WebhooksRepository,
    private readonly deliveries: OutboxRepository,
  ) {}

  async disable(id: string, reason: DisabledReason): Promise<void> {
    const webhook = await this.webhooks.find(id, Sight.EVERYTHING);
    if (webhook?.enabled !== true) return;
    try {
      await this.log.write([disabled(webhook)], (transaction) => this.disableIn(transaction, id, reason));
    } catch (error) {
      if (error instanceof DomainError && error.code === 'WEBHOOK_DISABLED') return;
      throw error;
    }
    this.logger.warn(`Webhook ${id} is disabled: ${reason}`);
  }

  /** Fails where another process was first, so that it is told once. */
  private async disableIn(transaction: Writer, id: string, reason: DisabledReason): Promise<void> {
    const stored = await this.webhooks.lock(transaction, id);
    if (stored?.enabled !== true) throw new DomainError('WEBHOOK_DISABLED', 'The webhook is disabled already.');
    await this.webhooks.update(transaction, { ...stored, enabled: false, disabledReason: reason });
    await this.deliveries.callOff(transaction, id);
  }
}

function disabled({ id, url, description }: Webhook): ObservedChange {
  return {
    type: 'webhook.disabled',
    engine: null,
    time: new Date().toISOString(),
    origin: 'engine',
    // Not the URL: who may read events need not know what a receiver is called by.
    subject: { kind: 'webhook', id, name: description ?? new URL(url).host },
    ...{ network: null, container: null, attachment: null, stateExact: true },
    previous: { enabled: true },
    ...{ gap: null, engineEvent: null, cause: null },
  };
}
