import type { Generated, Kysely } from 'kysely';
import type { Dialect } from '../dialect.js';

/** Keys that callers were given. */
interface ApiKeysTable {
  id: string;
  name: string;
  /** SHA-256 of the key, which itself is kept nowhere. */
  digest: string;
  /** Of the one before, where it is good beside it until then. */
  previous_digest: string | null;
  previous_until_ms: number | null;
  /** As JSON lists. */
  scopes: string;
  client_ranges: string;
  created_ms: number;
  /** Name of the key that made it. */
  created_by: string;
  expires_ms: number | null;
  last_used_ms: number | null;
  /** As a JSON list; none for all. */
  engines: Generated<string>;
  selector: string | null;
}

export interface ApiKeyTables {
  api_keys: ApiKeysTable;
}

export async function up({ schema }: Kysely<ApiKeyTables>, { integer }: Dialect): Promise<void> {
  await schema
    .createTable('api_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('digest', 'text', (column) => column.notNull().unique())
    .addColumn('previous_digest', 'text')
    .addColumn('previous_until_ms', integer)
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('client_ranges', 'text', (column) => column.notNull())
    .addColumn('created_ms', integer, (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('expires_ms', integer)
    .addColumn('last_used_ms', integer)
    .execute();
}
