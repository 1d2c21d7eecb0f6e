import type { Kysely } from 'kysely';
import type { Dialect } from '../dialect.js';

/** A write that was asked for with a key, and what came of it. Times are of the database's clock. */
interface IdempotencyRecordsTable {
  /** Digest of the next four: together they may be too long to be indexed. */
  id: string;
  caller: string;
  method: string;
  path: string;
  key: string;
  /** Keyed digest of what was asked for. */
  fingerprint: string;
  /** The process that is at it; empty where none is. */
  owner: string;
  begun_ms: number;
  /** When the owner last said that it is at it. */
  beat_ms: number;
  /** Since when nobody carries it out any more although it was not finished; null before. */
  silent_ms: number | null;
  /** What was noted before anything was changed, as JSON; null until then. */
  basis: string | null;
  /** As JSON. */
  answer: string | null;
  finished_ms: number | null;
}

/** What a command is about to lead to, for the process that tells what happens on the engine. */
interface CommandTracesTable {
  id: string;
  engine: string;
  request_id: string;
  key_name: string | null;
  /** The expected events, as JSON. */
  expected: string;
  /** From when on an event is no longer explained by it, by the database's clock. */
  lapses_ms: number;
}

export interface IdempotencyTables {
  idempotency_records: IdempotencyRecordsTable;
  command_traces: CommandTracesTable;
}

export async function up(db: Kysely<IdempotencyTables>, { integer }: Dialect): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('idempotency_records')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('caller', 'text', (column) => column.notNull())
    .addColumn('method', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('begun_ms', integer, (column) => column.notNull())
    .addColumn('beat_ms', integer, (column) => column.notNull())
    .addColumn('silent_ms', integer)
    .addColumn('basis', 'text')
    .addColumn('answer', 'text')
    .addColumn('finished_ms', integer)
    .execute();
  await schema
    .createTable('command_traces')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('engine', 'text', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .addColumn('key_name', 'text')
    .addColumn('expected', 'text', (column) => column.notNull())
    .addColumn('lapses_ms', integer, (column) => column.notNull())
    .execute();
  await schema.createIndex('command_traces_by_engine').on('command_traces').columns(['engine', 'lapses_ms']).execute();
  await schema.createIndex('idempotency_records_by_end').on('idempotency_records').column('finished_ms').execute();
}
