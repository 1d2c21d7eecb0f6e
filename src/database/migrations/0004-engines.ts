import type { Kysely } from 'kysely';
import type { Dialect } from '../dialect.js';

/** Engines that the service was told of through its API. */
interface EnginesTable {
  name: string;
  /** Tells one that was added again under its name from the one before. */
  id: string;
  endpoint: string;
  /** The endpoint as it is compared with others: no two engines are reached at one place. */
  identity: string;
  tls: number;
  /** Public, as a JSON list. */
  host_keys: string;
  /** Names of what it is reached with, as a JSON list. */
  credential_names: string;
  /** What it is reached with, as JSON, sealed; null where nothing is. */
  credentials: string | null;
  /** Grows with each change. */
  revision: number;
  created_ms: number;
}

export interface EngineTables {
  engines: EnginesTable;
}

export async function up({ schema }: Kysely<EngineTables>, { integer }: Dialect): Promise<void> {
  await schema
    .createTable('engines')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('endpoint', 'text', (column) => column.notNull())
    .addColumn('identity', 'text', (column) => column.notNull().unique())
    .addColumn('tls', 'integer', (column) => column.notNull())
    .addColumn('host_keys', 'text', (column) => column.notNull())
    .addColumn('credential_names', 'text', (column) => column.notNull())
    .addColumn('credentials', 'text')
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('created_ms', integer, (column) => column.notNull())
    .execute();
}
