import type { Kysely } from 'kysely';
import type { Dialect } from '../dialect.js';

/** One row: where the log ends. Locking it is what puts writers into one order. */
interface LogHeadTable {
  readonly id: 1;
  /** The epoch that events are being written in. */
  epoch: string;
  /** The last event's. Positions count from 1, without holes. */
  position: number;
  /** The last position of which events may be gone. */
  pruned_to: number;
}

/**
 * Each start of a service begins an epoch, and each cursor names one. A database that was put back from a copy lacks the
 * end of an epoch that readers have seen, and cursors from there are known by it.
 */
interface LogEpochsTable {
  epoch: string;
  /** Position of its first event. */
  first_position: number;
}

interface EventsTable {
  position: number;
  id: string;
  epoch: string;
  engine: string | null;
  type: string;
  origin: string;
  network_id: string | null;
  network_name: string | null;
  container_id: string | null;
  container_name: string | null;
  /** Label sets that it is found by, as lines of `key=value`: see `labelText`. */
  labels: string;
  /** Labels that it is seen by, of each end: see `sightText`. null where it is about no such end, or they are not known. */
  network_labels: string | null;
  container_labels: string | null;
  /** Milliseconds since 1970, of the service's clock. */
  recorded_ms: number;
}

/** Apart from what events are found by: looking through all of them reads little. */
interface EventBodiesTable {
  position: number;
  /** The event as JSON, without its cursor. */
  body: string;
  /** What its state tells of besides, as JSON: see `OtherEnds`. */
  others: string | null;
}

/** Who may write what happens on an engine. */
interface EngineLeasesTable {
  engine: string;
  holder: string;
  /** Grows with each new holder: what an earlier one still has in hand is refused by it. */
  token: number;
  /** Milliseconds since 1970, of the database's clock. */
  expires_ms: number;
}

/** What those who follow an engine's events know of it after the last of them. */
interface ToldTable {
  engine: string;
  kind: string;
  id: string;
  body: string;
}

/** How far an engine's own events have been logged. */
interface CheckpointsTable {
  engine: string;
  time: string;
  time_nano: string;
  /** Digests of the last lines, as a JSON list: a line that comes again is known by them. */
  recent: string;
}

/** What was told of an engine as of a position: replaying begins from the oldest. */
interface LogSnapshotsTable {
  engine: string;
  position: number;
  taken_ms: number;
  body: string;
}

export interface EventLogTables {
  log_head: LogHeadTable;
  log_epochs: LogEpochsTable;
  events: EventsTable;
  event_bodies: EventBodiesTable;
  engine_leases: EngineLeasesTable;
  told: ToldTable;
  checkpoints: CheckpointsTable;
  log_snapshots: LogSnapshotsTable;
}

export async function up(db: Kysely<EventLogTables>, { integer }: Dialect): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('log_head')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('position', integer, (column) => column.notNull())
    .addColumn('pruned_to', integer, (column) => column.notNull())
    .execute();
  await db.insertInto('log_head').values({ id: 1, epoch: '', position: 0, pruned_to: 0 }).execute();
  await schema
    .createTable('log_epochs')
    .addColumn('epoch', 'text', (column) => column.primaryKey())
    .addColumn('first_position', integer, (column) => column.notNull())
    .execute();
  await schema
    .createTable('events')
    .addColumn('position', integer, (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('engine', 'text')
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('network_id', 'text')
    .addColumn('network_name', 'text')
    .addColumn('container_id', 'text')
    .addColumn('container_name', 'text')
    .addColumn('labels', 'text', (column) => column.notNull())
    .addColumn('recorded_ms', integer, (column) => column.notNull())
    .execute();
  await schema
    .createTable('event_bodies')
    .addColumn('position', integer, (column) => column.primaryKey().references('events.position').onDelete('cascade'))
    .addColumn('body', 'text', (column) => column.notNull())
    .execute();
  await createEngineTables(db, integer);
}

async function createEngineTables(db: Kysely<EventLogTables>, integer: Dialect['integer']): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('engine_leases')
    .addColumn('engine', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('token', integer, (column) => column.notNull())
    .addColumn('expires_ms', integer, (column) => column.notNull())
    .execute();
  await schema
    .createTable('told')
    .addColumn('engine', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('told_key', ['engine', 'kind', 'id'])
    .execute();
  await schema
    .createTable('checkpoints')
    .addColumn('engine', 'text', (column) => column.primaryKey())
    .addColumn('time', 'text', (column) => column.notNull())
    .addColumn('time_nano', 'text', (column) => column.notNull())
    .addColumn('recent', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('log_snapshots')
    .addColumn('engine', 'text', (column) => column.notNull())
    .addColumn('position', integer, (column) => column.notNull())
    .addColumn('taken_ms', integer, (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('log_snapshots_key', ['engine', 'position'])
    .execute();
}
