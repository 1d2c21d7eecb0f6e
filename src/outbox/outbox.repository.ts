import { randomUUID } from 'node:crypto';
import { setImmediate as othersFirst } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { InsertObject, Selectable } from 'kysely';
import { Database, type Reader, type Writer } from '../database/database.js';
import { isRowId } from '../database/row-id.js';
import type { Schema } from '../database/schema.js';
import type { EventFilter, LoggedEvent } from '../event-log/event-filter.js';
import type { EventLogRepository } from '../event-log/event-log.repository.js';
import { eventTest } from '../event-log/event-view.js';
import type { Failure } from '../outgoing/request-outcome.js';
import type { Delivery, DeliveryAttempt, DeliveryState } from './delivery.js';
import { makerColumns, toMaker } from './maker.repository.js';
import { MISSED, PENDING } from './pending.repository.js';

/** A delivery before it is shown: its event is read by its position. */
type Row = Selectable<Schema['deliveries']>;

export interface DeliveryPage {
  readonly items: readonly Delivery[];
  readonly hasMore: boolean;
  readonly hasBefore: boolean;
  readonly total: number;
}

/** In one statement: on SQLite the process does nothing else meanwhile, and parameters are limited. */
export const ROWS_AT_ONCE = 500;

/** How a delivery begins; pending where nothing is said. */
interface Beginning {
  readonly state: typeof MISSED;
  readonly claim: string;
}

/** The outbox as callers see and change it; what workers do with it is in `deliveries/claims.repository.ts`. */
@Injectable()
export class OutboxRepository {
  constructor(private readonly database: Database) {}

  /** Owes the events to each enabled webhook that wants them and whose maker sees them. */
  async owe(transaction: Writer, events: readonly LoggedEvent[]): Promise<number> {
    // All of them: one that is being enabled now is waited for, and then seen as enabled.
    const webhooks = await transaction
      .selectFrom('webhooks')
      .select(['id', 'enabled', 'filter', ...makerColumns(this.database.dialect.nowMs)])
      .orderBy('id')
      .modifyEnd(this.database.dialect.forShare)
      .execute();
    const rows = webhooks.flatMap(({ id, enabled, filter, ...row }) => {
      const { sight, hasEnded } = toMaker(row);
      if (enabled !== 1 || hasEnded) return [];
      const isInView = eventTest({ filter: JSON.parse(filter) as EventFilter, sight });
      // That it is disabled cannot be told to the one that is.
      const others = events.filter(({ event: { subject } }) => subject.kind !== 'webhook' || subject.id !== id);
      return others.filter(isInView).map((logged) => this.toRow(id, logged));
    });
    await this.insertRows(transaction, rows);
    return rows.length;
  }

  /** Queues all of them, whether they have been delivered before or not. Answers how many. */
  async queueAgain(transaction: Writer, webhookId: string, events: readonly LoggedEvent[]): Promise<number> {
    const known = await this.known(transaction, webhookId, events);
    const missing = events.filter(({ position }) => !known.has(position));
    await this.insert(transaction, webhookId, missing);
    const done = [...known.values()].filter(({ state }) => state !== 'pending').map(({ id }) => id);
    await this.requeue(transaction, done);
    return missing.length + done.length;
  }

  /** Which of the events it has deliveries of, by position. */
  async known(transaction: Writer, webhookId: string, events: readonly LoggedEvent[]) {
    if (events.length === 0) return new Map<number, Pick<Row, 'id' | 'position' | 'state'>>();
    const rows = await transaction
      .selectFrom('deliveries')
      .select(['id', 'position', 'state'])
      .where('webhook_id', '=', webhookId)
      .where('position', 'in', events.map(({ position }) => position))
      .execute();
    return new Map(rows.map((row) => [row.position, row]));
  }

  async insert(transaction: Writer, webhookId: string, events: readonly LoggedEvent[], as?: Beginning): Promise<void> {
    const begun = as === undefined ? {} : { ...as, due_ms: null };
    await this.insertRows(transaction, events.map((logged) => ({ ...this.toRow(webhookId, logged), ...begun })));
  }

  async remove(transaction: Writer, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await transaction.deleteFrom('deliveries').where('id', 'in', ids).execute();
  }

  /** All of a webhook, in portions between which the process does other things too. */
  async removeAll(transaction: Writer, webhookId: string): Promise<void> {
    for (let removed = ROWS_AT_ONCE; removed === ROWS_AT_ONCE; await othersFirst()) {
      const all = transaction.selectFrom('deliveries').select('id').where('webhook_id', '=', webhookId);
      const rows = await all.limit(ROWS_AT_ONCE).execute();
      await this.remove(transaction, rows.map(({ id }) => id));
      removed = rows.length;
    }
  }

  /** As if it had never been tried; what was tried stays in its log. */
  async requeue(transaction: Writer, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const { nowMs } = this.database.dialect;
    await transaction
      .updateTable('deliveries')
      .set({
        ...{ state: 'pending', attempts: 0, first_attempt_ms: null, claim: null, finished_ms: null },
        queued_ms: nowMs,
        due_ms: nowMs,
      })
      .where('id', 'in', ids)
      .execute();
  }

  /** One that waits for its next attempt is tried now. */
  async hasten(transaction: Writer, id: string): Promise<void> {
    const { nowMs } = this.database.dialect;
    await transaction
      .updateTable('deliveries')
      .set({ due_ms: nowMs })
      .where('id', '=', id)
      .where('state', '=', PENDING)
      .where('claim', 'is', null)
      .where('due_ms', '>', nowMs)
      .execute();
  }

  /** All that is pending, in portions as above. */
  async callOff(transaction: Writer, webhookId: string): Promise<void> {
    const pending = transaction.selectFrom('deliveries').select('id').where('webhook_id', '=', webhookId).where('state', '=', PENDING);
    for (let calledOff = ROWS_AT_ONCE; calledOff === ROWS_AT_ONCE; await othersFirst()) {
      const rows = await pending.limit(ROWS_AT_ONCE).execute();
      if (rows.length === 0) return;
      // A claim stays: if it is delivered all the same, that is noted.
      await transaction
        .updateTable('deliveries')
        .set({ state: 'cancelled', due_ms: null, finished_ms: this.database.dialect.nowMs })
        .where('id', 'in', rows.map(({ id }) => id))
        .execute();
      calledOff = rows.length;
    }
  }

  /** Newest first, those before a position. */
  async page(
    webhookId: string,
    { before, state, limit }: { before?: number; state?: DeliveryState; limit: number },
    events: EventLogRepository,
  ): Promise<DeliveryPage> {
    return this.database.read(async (db) => {
      const all = db
        .selectFrom('deliveries')
        .where('webhook_id', '=', webhookId)
        .where('state', '!=', MISSED)
        .$if(state !== undefined, (query) => query.where('state', '=', state ?? ''));
      const onPage = all.$if(before !== undefined, (query) => query.where('position', '<', before ?? 0));
      const rows = await onPage.selectAll().orderBy('position', 'desc').limit(limit + 1).execute();
      const { total, newest } = await all
        .select((builder) => [builder.fn.countAll<number>().as('total'), builder.fn.max('position').as('newest')])
        .executeTakeFirstOrThrow();
      const hasBefore = before !== undefined && newest !== null && newest >= before;
      return { items: await this.shown(db, rows.slice(0, limit), events), hasMore: rows.length > limit, hasBefore, total };
    });
  }

  async find(webhookId: string, id: string, events: EventLogRepository): Promise<Delivery | undefined> {
    return this.database.read((db) => this.findIn(db, webhookId, id, events));
  }

  async findIn(db: Reader | Writer, webhookId: string, id: string, events: EventLogRepository): Promise<Delivery | undefined> {
    if (!isRowId(webhookId) || !isRowId(id)) return undefined;
    const query = db.selectFrom('deliveries').selectAll().where('id', '=', id).where('webhook_id', '=', webhookId);
    const row = await query.where('state', '!=', MISSED).executeTakeFirst();
    return row === undefined ? undefined : (await this.shown(db, [row], events)).at(0);
  }

  async attempts(id: string): Promise<DeliveryAttempt[]> {
    return this.database.read(async (db) => {
      const rows = await db
        .selectFrom('delivery_attempts')
        .selectAll()
        .where('delivery_id', '=', id)
        .orderBy('at_ms')
        .execute();
      return rows.map((row) => ({
        at: new Date(row.at_ms).toISOString(),
        durationMs: row.duration_ms,
        status: row.status,
        failure: row.failure as Failure | null,
        detail: row.detail,
        responseHead: row.response_head,
      }));
    });
  }

  async countPending(): Promise<number> {
    return this.database.read(async (db) => {
      const pending = db.selectFrom('deliveries').where('state', '=', PENDING);
      const { count } = await pending.select((builder) => builder.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
      return count;
    });
  }

  private async shown(db: Reader | Writer, rows: readonly Row[], log: EventLogRepository): Promise<Delivery[]> {
    const found = await log.at(db, rows.map(({ position }) => position));
    const events = new Map(found.map(({ position, event }) => [position, event]));
    return rows.flatMap((row) => {
      const event = events.get(row.position);
      if (event === undefined) return [];
      const { id: eventId, cursor: eventCursor, type: eventType, subject } = event;
      const at = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
      return {
        ...{ id: row.id, webhookId: row.webhook_id, eventId, eventCursor, eventType, subject },
        state: row.state as DeliveryState,
        attemptCount: row.attempts,
        queuedAt: new Date(row.queued_ms).toISOString(),
        nextAttemptAt: row.claim === null ? at(row.due_ms) : null,
        finishedAt: at(row.finished_ms),
      };
    });
  }

  private toRow(webhookId: string, { position, event: { subject } }: LoggedEvent) {
    const { nowMs } = this.database.dialect;
    return {
      ...{ id: randomUUID(), webhook_id: webhookId, position, subject: `${subject.kind}/${subject.id}` },
      ...{ state: 'pending', attempts: 0, queued_ms: nowMs, due_ms: nowMs },
    };
  }

  private async insertRows(transaction: Writer, rows: readonly InsertObject<Schema, 'deliveries'>[]): Promise<void> {
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      await transaction.insertInto('deliveries').values(rows.slice(from, from + ROWS_AT_ONCE)).execute();
    }
  }
}
