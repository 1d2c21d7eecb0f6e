import type { Kysely } from 'kysely';
import type { Dialect } from '../dialect.js';

/** What each process has counted in a minute, for the others to add to theirs. */
interface RateCountsTable {
  /** Since 1970. */
  minute: number;
  /** A key or an address. */
  subject: string;
  /** Who counted. */
  process: string;
  count: number;
}

export interface RateCountTables {
  rate_counts: RateCountsTable;
}

export async function up({ schema }: Kysely<RateCountTables>, { integer }: Dialect): Promise<void> {
  await schema
    .createTable('rate_counts')
    .addColumn('minute', integer, (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('process', 'text', (column) => column.notNull())
    .addColumn('count', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('rate_counts_key', ['minute', 'subject', 'process'])
    .execute();
}
