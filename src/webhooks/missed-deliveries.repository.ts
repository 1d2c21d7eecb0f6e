import { setImmediate as othersFirst } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Database, type Writer } from '../database/database.js';
import type { LoggedEvent } from '../event-log/event-filter.js';
import { OutboxRepository, ROWS_AT_ONCE } from '../outbox/outbox.repository.js';
import { MISSED } from '../outbox/pending.repository.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** One try to enable a webhook with what it missed. */
export interface Enabling {
  readonly webhookId: string;
  /** Stands as the claim of what it gathers. */
  readonly id: string;
}

/**
 * What a disabled webhook missed, while it is gathered to be owed. Nobody sees these deliveries, and they keep no event
 * from going away. All of it happens under the lock of the webhook.
 */
@Injectable()
export class MissedDeliveriesRepository {
  constructor(
    private readonly database: Database,
    private readonly webhooks: WebhooksRepository,
    private readonly deliveries: OutboxRepository,
  ) {}

  /** Gathers what has never been sent, or was called off. Answers its positions. */
  async gather(transaction: Writer, { webhookId, id }: Enabling, events: readonly LoggedEvent[]): Promise<number[]> {
    const known = await this.deliveries.known(transaction, webhookId, events);
    const unknown = events.filter(({ position }) => !known.has(position));
    await this.deliveries.insert(transaction, webhookId, unknown, { state: MISSED, claim: id });
    // Another enabling's too: that one will find that it has been overtaken.
    const taken = [...known.values()].filter(({ state }) => state === MISSED || state === 'cancelled');
    if (taken.length > 0) {
      const ids = taken.map((row) => row.id);
      await transaction.updateTable('deliveries').set({ claim: id }).where('id', 'in', ids).execute();
    }
    return [...unknown, ...taken].map(({ position }) => position);
  }

  /** All that was gathered is owed from now on. Answers its positions. */
  async owe(transaction: Writer, { webhookId, id }: Enabling): Promise<ReadonlySet<number>> {
    const owed = new Set<number>();
    for (let last = ROWS_AT_ONCE; last === ROWS_AT_ONCE; await othersFirst()) {
      const rows = await transaction
        .selectFrom('deliveries')
        .select(['id', 'position'])
        .where('webhook_id', '=', webhookId)
        .where('claim', '=', id)
        .orderBy('position')
        .limit(ROWS_AT_ONCE)
        .execute();
      await this.deliveries.requeue(transaction, rows.map((row) => row.id));
      for (const { position } of rows) owed.add(position);
      last = rows.length;
    }
    return owed;
  }

  /** Removes what one enabling has gathered; without one, what any has left by its death or is still gathering. */
  async drop(webhookId: string, enabling?: string): Promise<void> {
    for (let dropped = ROWS_AT_ONCE; dropped === ROWS_AT_ONCE; ) {
      dropped = await this.database.write(async (transaction) => {
        await this.webhooks.lock(transaction, webhookId);
        const rows = await transaction
          .selectFrom('deliveries')
          .select('id')
          .where('webhook_id', '=', webhookId)
          .where('state', '=', MISSED)
          .$if(enabling !== undefined, (query) => query.where('claim', '=', enabling ?? ''))
          .limit(ROWS_AT_ONCE)
          .execute();
        await this.deliveries.remove(transaction, rows.map(({ id }) => id));
        return rows.length;
      });
    }
  }
}
