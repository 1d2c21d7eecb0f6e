import type { Kysely } from 'kysely';
import type { Schema } from '../schema.js';

/** What keys may see: engines and labels, by which events are shown to them and to webhooks that they make. */
export async function up({ schema }: Kysely<Schema>): Promise<void> {
  // As a JSON list: the names of engines, none for all.
  await schema.alterTable('api_keys').addColumn('engines', 'text', (column) => column.notNull().defaultTo('[]')).execute();
  await schema.alterTable('api_keys').addColumn('selector', 'text').execute();
  // What was logged before has none: only who may see all labels of an engine is shown it.
  await schema.alterTable('events').addColumn('network_labels', 'text').execute();
  await schema.alterTable('events').addColumn('container_labels', 'text').execute();
  await schema.alterTable('event_bodies').addColumn('others', 'text').execute();
  // Those that there are were made when every key saw everything.
  await schema.alterTable('webhooks').addColumn('maker_key', 'text').execute();
  await schema.alterTable('webhooks').addColumn('maker_name', 'text', (column) => column.notNull().defaultTo('Administrator')).execute();
  await schema.alterTable('webhooks').addColumn('maker_engines', 'text', (column) => column.notNull().defaultTo('[]')).execute();
  await schema.alterTable('webhooks').addColumn('maker_selector', 'text').execute();
}
