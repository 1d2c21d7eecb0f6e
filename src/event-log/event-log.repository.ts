import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type Reader, type Writer } from '../database/database.js';
import type { Schema } from '../database/schema.js';
import type { FairleadEvent } from '../events/event.js';
import { nextEpoch, toCursor, type Place } from './cursor.js';
import { eventCondition } from './event-condition.repository.js';
import { keysOf, type EventMarks, type LoggedEvent } from './event-filter.js';
import { isEveryEvent, type EventView } from './event-view.js';
import { completeEvent } from './older-records.js';
import { Portions, type Range } from './portions.js';

/** Where the log begins and ends. */
export interface LogBounds {
  readonly epoch: string;
  /** The last position. */
  readonly position: number;
  /** The last position of which events may be gone. */
  readonly prunedTo: number;
}

export interface Epoch {
  readonly epoch: string;
  readonly firstPosition: number;
}

/** Events in order, and how far the log was looked through for them. */
export interface LogPage {
  readonly items: readonly LoggedEvent[];
  readonly hasMore: boolean;
  readonly prunedTo: number;
}

/** An event before it has its place. */
export interface NewEvent extends EventMarks {
  readonly event: Omit<FairleadEvent, 'cursor'>;
}

/** Parameters of one statement are limited. */
const ROWS_AT_ONCE = 500;

/** The events in the database. */
@Injectable()
export class EventLogRepository {
  private readonly portions = new Portions();

  constructor(private readonly database: Database) {}

  /** Begins an epoch: cursors tell from now on that they were given after this start. */
  async beginEpoch(): Promise<void> {
    await this.database.write(async (transaction) => {
      const head = await transaction
        .updateTable('log_head')
        .set({ id: 1 })
        .returning(['epoch', 'position'])
        .executeTakeFirstOrThrow();
      const epoch = nextEpoch(head.epoch, Date.now());
      await transaction.insertInto('log_epochs').values({ epoch, first_position: head.position + 1 }).execute();
      await transaction.updateTable('log_head').set({ epoch }).execute();
    });
  }

  async bounds(): Promise<LogBounds> {
    return this.database.read(async (db) => {
      const { epoch, position, pruned_to: prunedTo } = await db
        .selectFrom('log_head')
        .select(['epoch', 'position', 'pruned_to'])
        .executeTakeFirstOrThrow();
      return { epoch, position, prunedTo };
    });
  }

  /**
   * Until the transaction ends nothing is logged and nothing that is kept goes away: what is owed meanwhile has its event.
   * Comes before any lock of a webhook, since those who log take turns at the head first.
   */
  async hold(transaction: Writer): Promise<Pick<LogBounds, 'position' | 'prunedTo'>> {
    return transaction
      .selectFrom('log_head')
      .select(['position', 'pruned_to as prunedTo'])
      .modifyEnd(this.database.dialect.forShare)
      .executeTakeFirstOrThrow();
  }

  async epochs(): Promise<readonly Epoch[]> {
    return this.database.read(async (db) => {
      const rows = await db.selectFrom('log_epochs').selectAll().orderBy('epoch').execute();
      return rows.map(({ epoch, first_position: firstPosition }) => ({ epoch, firstPosition }));
    });
  }

  /** Gives events their places, behind everything that is committed: writers take turns at the head of the log. */
  async append(transaction: Writer, events: readonly NewEvent[]): Promise<LoggedEvent[]> {
    const { epoch, position: last } = await transaction
      .updateTable('log_head')
      .set((builder) => ({ position: builder('position', '+', events.length) }))
      .returning(['epoch', 'position'])
      .executeTakeFirstOrThrow();
    const first = last - events.length + 1;
    const rows = events.map((each, index) => toRow({ epoch, position: first + index }, each));
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      const portion = rows.slice(from, from + ROWS_AT_ONCE);
      await transaction.insertInto('events').values(portion.map(({ body: _body, others: _others, ...keys }) => keys)).execute();
      const bodies = portion.map(({ position, body, others }) => ({ position, body, others }));
      await transaction.insertInto('event_bodies').values(bodies).execute();
    }
    return rows.map((row, index) => placed(row, events[index]?.event ?? parse(row.body)));
  }

  async hasEvent(transaction: Writer, id: string): Promise<boolean> {
    return (await transaction.selectFrom('events').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
  }

  /** Events behind a position, up to another one, that are in view. */
  async page(view: EventView, range: Range, limit: number): Promise<LogPage> {
    const rows: PlacedRow[] = [];
    for await (const portion of this.ranges(view, range)) {
      rows.push(...(await this.database.read((db) => this.rows(db, view, portion, limit + 1 - rows.length))));
      if (rows.length > limit) break;
    }
    // Read after the events: what is not told as gone was there when they were read.
    const { prunedTo } = await this.bounds();
    return { items: rows.slice(0, limit).map(toLogged), hasMore: rows.length > limit, prunedTo };
  }

  /** How many kept events are in view, and how many of them are at or before a position. */
  async count(view: EventView, position: number): Promise<{ total: number; before: number }> {
    const { prunedTo, position: last } = await this.bounds();
    let [total, before] = [0, 0];
    for await (const portion of this.ranges(view, { after: prunedTo, upTo: last })) {
      const counted = await this.database.read((db) => this.countIn(db, view, portion, position));
      total += counted.total;
      before += counted.before;
    }
    return { total, before };
  }

  private async rows(db: Reader, view: EventView, { after, upTo }: Range, limit: number): Promise<PlacedRow[]> {
    const wanted = db
      .selectFrom('events')
      .select('position')
      .where('position', '>', after)
      .where('position', '<=', upTo)
      .where(eventCondition(this.database.dialect, view))
      .orderBy('position')
      .limit(limit);
    return placedEvents(db).where('events.position', 'in', wanted).execute();
  }

  private async countIn(db: Reader, view: EventView, { after, upTo }: Range, position: number): Promise<{ total: number; before: number }> {
    return db
      .selectFrom('events')
      .select((builder) => [
        builder.fn.countAll<number>().as('total'),
        builder.fn.coalesce(sql<number>`sum(case when position <= ${position} then 1 else 0 end)`, sql<number>`0`).as('before'),
      ])
      .where('position', '>', after)
      .where('position', '<=', upTo)
      .where(eventCondition(this.database.dialect, view))
      .executeTakeFirstOrThrow();
  }

  private async *ranges(view: EventView, range: Range): AsyncGenerator<Range, void> {
    if (isEveryEvent(view)) yield range;
    else yield* this.portions.of(range);
  }

  /** The events at these positions that are still kept. */
  async at(db: Reader | Writer, positions: readonly number[]): Promise<LoggedEvent[]> {
    if (positions.length === 0) return [];
    const rows = await placedEvents(db).where('events.position', 'in', positions).execute();
    return rows.map(toLogged);
  }
}

function placedEvents(db: Reader | Writer) {
  return db
    .selectFrom('events')
    .innerJoin('event_bodies', 'event_bodies.position', 'events.position')
    .select(['events.position', 'epoch', 'labels', 'network_labels', 'container_labels', 'others', 'body'])
    .orderBy('events.position');
}

type EventRow = Schema['events'] & Schema['event_bodies'];

function toRow({ epoch, position }: Place, { event, labels, networkLabels, containerLabels, others }: NewEvent): EventRow {
  const { networkId, networkName, containerId, containerName } = keysOf(event);
  return {
    position,
    id: event.id,
    epoch,
    engine: event.engine,
    type: event.type,
    origin: event.origin,
    network_id: networkId,
    network_name: networkName,
    container_id: containerId,
    container_name: containerName,
    labels,
    network_labels: networkLabels,
    container_labels: containerLabels,
    recorded_ms: Date.parse(event.recordedAt),
    body: JSON.stringify(event),
    others,
  };
}

type PlacedRow = Pick<EventRow, 'position' | 'epoch' | 'labels' | 'network_labels' | 'container_labels' | 'others' | 'body'>;

function placed({ epoch, position, labels, others, body, ...row }: PlacedRow, event: NewEvent['event']): LoggedEvent {
  return {
    ...{ position, labels, networkLabels: row.network_labels, containerLabels: row.container_labels, others },
    size: body.length + (others?.length ?? 0),
    event: { cursor: toCursor({ epoch, position }), ...event },
  };
}

function parse(body: string): NewEvent['event'] {
  return completeEvent(JSON.parse(body) as NewEvent['event']);
}

function toLogged(row: PlacedRow): LoggedEvent {
  return placed(row, parse(row.body));
}
