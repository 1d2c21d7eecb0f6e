import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sql, type Selectable } from 'kysely';
import { Database, type Reader, type Writer } from '../database/database.js';
import type { Schema } from '../database/schema.js';
import { hasMaker } from '../outbox/maker.repository.js';
import { PENDING } from '../outbox/pending.repository.js';
import { DeliveryTimings } from './delivery-timings.js';

/** The right to make one attempt. */
export interface Claim {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly position: number;
  readonly claim: string;
}

type Due = Pick<Selectable<Schema['deliveries']>, 'id' | 'position' | 'subject'> & { readonly is_blocked: number };

/** What a look at an endpoint came to. */
export interface Taken {
  readonly claims: readonly Claim[];
  /** Whether another look may find more. */
  readonly isMore: boolean;
}

/** Of one endpoint in one transaction; more of them wait for the next one. */
const MOST_LOOKED_AT = 500;

/**
 * Gives out deliveries to workers: each once, and those about one subject in their order as long as the earlier one has
 * not failed too often. One that must wait is put aside (`due_ms` is null) and brought back when the one before it
 * moves on. Both happen under the lock of the endpoint's progress, so nothing is put aside for ever.
 */
@Injectable()
export class ClaimsRepository {
  constructor(
    private readonly database: Database,
    private readonly timings: DeliveryTimings,
  ) {}

  async now(db: Reader | Writer): Promise<number> {
    const { now } = await db.selectNoFrom(this.database.dialect.nowMs.as('now')).executeTakeFirstOrThrow();
    return now;
  }

  /** Enabled endpoints that may be told of it for which something is due, each with the id of the key that opens its secrets. */
  async due(db: Reader | Writer): Promise<{ id: string; keyId: string }[]> {
    const { nowMs } = this.database.dialect;
    return db
      .selectFrom('webhooks')
      .innerJoin('webhook_progress', 'webhook_id', 'webhooks.id')
      .select(['webhooks.id', 'webhooks.key_id as keyId'])
      .where('enabled', '=', 1)
      .where(hasMaker(nowMs))
      .where('hold_until_ms', '<=', nowMs)
      .where((builder) =>
        builder.exists(
          builder
            .selectFrom('deliveries')
            .select('deliveries.id')
            .whereRef('deliveries.webhook_id', '=', 'webhooks.id')
            .where('state', '=', PENDING)
            .where('due_ms', '<=', nowMs),
        ),
      )
      .orderBy('webhooks.id')
      .execute();
  }

  /** At most so many claims on one endpoint; none where another process is at it right now. */
  async claim(transaction: Writer, webhookId: string, most: number): Promise<Taken> {
    if (!(await this.lock(transaction, webhookId))) return { claims: [], isMore: false };
    const now = await this.now(transaction);
    const free = Math.min(most, this.timings.perEndpoint - (await this.countClaimed(transaction, webhookId, now)));
    const claims: Claim[] = [];
    for (let looked = 0; claims.length < free && looked < MOST_LOOKED_AT; ) {
      const wanted = Math.min(Math.max(4 * (free - claims.length), 32), MOST_LOOKED_AT - looked);
      const found = await this.lookAt(transaction, webhookId, now, wanted);
      const open = found.filter(({ is_blocked: isBlocked }) => isBlocked === 0).slice(0, free - claims.length);
      const blocked = found.filter(({ is_blocked: isBlocked }) => isBlocked === 1);
      await this.putAside(transaction, blocked);
      claims.push(...(await this.take(transaction, webhookId, open, now)));
      looked += found.length;
      if (found.length < wanted) return { claims, isMore: false };
    }
    return { claims, isMore: claims.length < free };
  }

  /** Brings back, of each subject, the next one that was put aside. */
  async bringBack(transaction: Writer, webhookId: string, subjects: readonly string[]): Promise<void> {
    if (subjects.length === 0) return;
    await transaction
      .updateTable('deliveries')
      .set({ due_ms: this.database.dialect.nowMs })
      .where('webhook_id', '=', webhookId)
      .where('state', '=', PENDING)
      .where('position', 'in', (builder) =>
        builder
          .selectFrom('deliveries')
          .select((inner) => inner.fn.min('position').as('position'))
          .where('webhook_id', '=', webhookId)
          .where('subject', 'in', subjects)
          .where('state', '=', PENDING)
          .where('due_ms', 'is', null)
          .groupBy('subject'),
      )
      .execute();
  }

  private async lock(transaction: Writer, webhookId: string): Promise<boolean> {
    const { forUpdateSkipLocked } = this.database.dialect;
    const query = transaction.selectFrom('webhook_progress').select('webhook_id').where('webhook_id', '=', webhookId);
    return (await query.modifyEnd(forUpdateSkipLocked).executeTakeFirst()) !== undefined;
  }

  private async countClaimed(transaction: Writer, webhookId: string, now: number): Promise<number> {
    const { count } = await transaction
      .selectFrom('deliveries')
      .select((builder) => builder.fn.countAll<number>().as('count'))
      .where('webhook_id', '=', webhookId)
      .where('claim', 'is not', null)
      .where('state', '=', PENDING)
      .where('due_ms', '>', now)
      .executeTakeFirstOrThrow();
    return count;
  }

  private async lookAt(transaction: Writer, webhookId: string, now: number, limit: number): Promise<Due[]> {
    const { orderedAttempts } = this.timings;
    return transaction
      .selectFrom('deliveries as one')
      .select(['one.id', 'one.position', 'one.subject'])
      .select((builder) =>
        sql<number>`case when ${builder.exists(
          builder
            .selectFrom('deliveries as earlier')
            .select('earlier.id')
            .whereRef('earlier.webhook_id', '=', 'one.webhook_id')
            .whereRef('earlier.subject', '=', 'one.subject')
            .whereRef('earlier.position', '<', 'one.position')
            .where('earlier.state', '=', PENDING)
            .where('earlier.attempts', '<', orderedAttempts),
        )} then 1 else 0 end`.as('is_blocked'),
      )
      .where('one.webhook_id', '=', webhookId)
      .where('one.state', '=', PENDING)
      .where('one.due_ms', '<=', now)
      .orderBy('one.due_ms')
      .orderBy('one.position')
      .limit(limit)
      .execute();
  }

  private async putAside(transaction: Writer, blocked: readonly Due[]): Promise<void> {
    if (blocked.length === 0) return;
    await transaction
      .updateTable('deliveries')
      .set({ due_ms: null, claim: null })
      .where('id', 'in', blocked.map(({ id }) => id))
      .execute();
  }

  private async take(transaction: Writer, webhookId: string, open: readonly Due[], now: number): Promise<Claim[]> {
    if (open.length === 0) return [];
    const claim = randomUUID();
    await transaction
      .updateTable('deliveries')
      .set({ claim, due_ms: now + this.timings.leaseMs })
      .where('id', 'in', open.map(({ id }) => id))
      .execute();
    return open.map(({ id, position }) => ({ deliveryId: id, webhookId, position, claim }));
  }
}
