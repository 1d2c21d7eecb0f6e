import type { Kysely } from 'kysely';
import type { Schema } from '../schema.js';

/** What keys may see. */
export async function up({ schema }: Kysely<Schema>): Promise<void> {
  // As a JSON list: the names of engines, none for all.
  await schema.alterTable('api_keys').addColumn('engines', 'text', (column) => column.notNull().defaultTo('[]')).execute();
  await schema.alterTable('api_keys').addColumn('selector', 'text').execute();
}
