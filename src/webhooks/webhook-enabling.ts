import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { Writer } from '../database/database.js';
import { DomainError } from '../errors/domain.error.js';
import type { LoggedEvent } from '../event-log/event-filter.js';
import type { EventView } from '../event-log/event-view.js';
import { MissedEvents } from '../outbox/missed-events.js';
import { MissedDeliveriesRepository, type Enabling } from './missed-deliveries.repository.js';
import type { UpdateWebhookInput } from './webhook.inputs.js';
import type { Webhook, WebhookFilter } from './webhook.js';
import { webhookNotFound } from './webhook.rules.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** What an enabling has gathered, and how far it has looked through the log. */
export interface Gathered {
  readonly enabling: Enabling;
  readonly view: EventView;
  readonly upTo: number;
  readonly positions: readonly number[];
}

/** More was logged since it was looked than one transaction should take. */
class MuchWasLogged extends Error {}

/**
 * Has a webhook sent what it missed while it was disabled. That is gathered in portions, of which nothing is seen, and
 * becomes owed in the transaction that enables it: where that fails or never comes, nothing is owed.
 */
@Injectable()
export class WebhookEnabling {
  private readonly logger = new Logger(WebhookEnabling.name);

  constructor(
    private readonly webhooks: WebhooksRepository,
    private readonly missed: MissedDeliveriesRepository,
    private readonly events: MissedEvents,
  ) {}

  /** Where to begin; undefined where nothing is asked for. Fails as cursors do, or where the webhook is enabled. */
  async beginning(current: Webhook, { after, enabled }: UpdateWebhookInput): Promise<number | undefined> {
    if (after === undefined) return undefined;
    if (current.enabled || enabled !== true) throw nothingMissed();
    return this.events.positionOf(after);
  }

  /** Gathers, then asks to `enable`; goes on where too much was logged meanwhile. */
  async gather<T>(
    { id: webhookId, view }: { readonly id: string; readonly view: EventView },
    after: number,
    enable: (gathered: Gathered) => Promise<T>,
  ): Promise<T> {
    const enabling = { webhookId, id: randomUUID() };
    await this.missed.drop(webhookId);
    try {
      let positions: readonly number[] = [];
      for (let from = after; ; ) {
        const upTo = await this.events.last();
        positions = await this.events.queue(view, { after: from, upTo }, positions, async (transaction, events, before) => [
          ...before,
          ...(await this.gatherPortion(transaction, enabling, events)),
        ]);
        try {
          return await enable({ enabling, view, upTo, positions });
        } catch (error) {
          if (!(error instanceof MuchWasLogged)) throw error;
        }
        from = upTo;
      }
    } catch (error) {
      await this.forget(enabling);
      throw error;
    }
  }

  /** Begins the transaction that enables the webhook, before it is locked. */
  async hold(transaction: Writer): Promise<void> {
    await this.events.hold(transaction);
  }

  /** Within the transaction that enables the webhook, has held the log and locked it. */
  async owe(transaction: Writer, { enabling, view, upTo, positions }: Gathered, wanted: WebhookFilter): Promise<void> {
    const { position: last, prunedTo } = await this.events.hold(transaction);
    const rest = await this.events.rest(transaction, view, upTo, last);
    if (rest === undefined) throw new MuchWasLogged('More was logged than can be looked through now.');
    const late = await this.missed.gather(transaction, enabling, rest);
    const owed = await this.missed.owe(transaction, enabling);
    const isLost = (position: number): boolean => position > prunedTo && !owed.has(position);
    const isOther = JSON.stringify(wanted) !== JSON.stringify(view.filter);
    if (!isOther && ![...positions, ...late].some(isLost)) return;
    const detail = 'Another request changed the webhook meanwhile, or is about to enable it. Read it again before you write.';
    throw new DomainError('PRECONDITION_FAILED', detail);
  }

  private async gatherPortion(transaction: Writer, enabling: Enabling, events: readonly LoggedEvent[]): Promise<number[]> {
    const stored = await this.webhooks.lock(transaction, enabling.webhookId);
    if (stored === undefined) throw webhookNotFound(enabling.webhookId);
    if (stored.enabled) throw nothingMissed();
    return this.missed.gather(transaction, enabling, events);
  }

  /** Where it fails, the next enabling sees to it. */
  private async forget({ webhookId, id }: Enabling): Promise<void> {
    try {
      await this.missed.drop(webhookId, id);
    } catch (error) {
      this.logger.warn(`What was gathered for the webhook ${webhookId} is still there: ${String(error)}`);
    }
  }
}

export function nothingMissed(): DomainError {
  const message = 'goes with `enabled: true` on a webhook that is disabled';
  return DomainError.invalid('Nothing was missed that could be sent.', { field: 'after', message });
}
