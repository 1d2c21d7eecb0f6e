import { sql, type Kysely } from 'kysely';
import type { Dialect } from '../dialect.js';

/** What callers set. Whoever logs events locks these rows for sharing: a delivery is never owed to what was disabled. */
interface WebhooksTable {
  id: string;
  url: string;
  description: string | null;
  enabled: number;
  disabled_reason: string | null;
  /** An event filter, as JSON. */
  filter: string;
  /** Names of its headers, as a JSON list. */
  header_names: string;
  /** The headers with their values, as JSON, sealed; null where there are none. */
  headers: string | null;
  /** Of the key that its secrets are sealed under. */
  key_id: string;
  created_ms: number;
  /** Id of the stored key that it was made with; null where it was made with another. */
  maker_key: string | null;
  maker_name: string;
  /** What its maker saw then: names of engines as a JSON list, and a selector. It counts where there is no stored key. */
  maker_engines: string;
  maker_selector: string | null;
}

/** What delivering found out. Apart from the above, so that workers and those who log events do not wait for each other. */
interface WebhookProgressTable {
  webhook_id: string;
  /** Since when nothing has succeeded; null where the last attempt did. */
  failing_since_ms: number | null;
  /** Nothing is sent before, because the receiver asked for it. */
  hold_until_ms: number;
  /** The last attempt, as JSON. */
  last_attempt: string | null;
}

interface WebhookSecretsTable {
  id: string;
  webhook_id: string;
  /** Sealed. */
  secret: string;
  created_ms: number;
  /** null for the newest one. */
  valid_until_ms: number | null;
}

/** The outbox and what became of it. All times are milliseconds since 1970 of the database's clock. */
interface DeliveriesTable {
  id: string;
  webhook_id: string;
  /** Of the event; it goes away with it. */
  position: number;
  /** Deliveries about one subject keep their order. */
  subject: string;
  state: string;
  /** Since it was last queued. */
  attempts: number;
  queued_ms: number;
  /** Since it was last queued. */
  first_attempt_ms: number | null;
  /** When it may be claimed; while it is claimed, when the claim ends. null where it waits for an earlier one, or is done. */
  due_ms: number | null;
  /** Of the last claim, until its outcome is noted. */
  claim: string | null;
  finished_ms: number | null;
}

interface DeliveryAttemptsTable {
  delivery_id: string;
  /** Of the claim: what is noted twice is kept once. */
  claim: string;
  at_ms: number;
  duration_ms: number;
  status: number | null;
  failure: string | null;
  detail: string | null;
  response_head: string | null;
}

export interface WebhookTables {
  webhooks: WebhooksTable;
  webhook_progress: WebhookProgressTable;
  webhook_secrets: WebhookSecretsTable;
  deliveries: DeliveriesTable;
  delivery_attempts: DeliveryAttemptsTable;
}

export async function up(db: Kysely<WebhookTables>, { integer }: Dialect): Promise<void> {
  await createWebhooks(db, integer);
  await createDeliveries(db, integer);
}

async function createWebhooks({ schema }: Kysely<WebhookTables>, integer: Dialect['integer']): Promise<void> {
  await schema
    .createTable('webhooks')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('description', 'text')
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('disabled_reason', 'text')
    .addColumn('filter', 'text', (column) => column.notNull())
    .addColumn('header_names', 'text', (column) => column.notNull())
    .addColumn('headers', 'text')
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('created_ms', integer, (column) => column.notNull())
    .execute();
  await schema
    .createTable('webhook_progress')
    .addColumn('webhook_id', 'text', (column) => column.primaryKey().references('webhooks.id').onDelete('cascade'))
    .addColumn('failing_since_ms', integer)
    .addColumn('hold_until_ms', integer, (column) => column.notNull())
    .addColumn('last_attempt', 'text')
    .execute();
  await schema
    .createTable('webhook_secrets')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('webhook_id', 'text', (column) => column.notNull().references('webhooks.id').onDelete('cascade'))
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('created_ms', integer, (column) => column.notNull())
    .addColumn('valid_until_ms', integer)
    .execute();
  await schema.createIndex('webhook_secrets_of').on('webhook_secrets').column('webhook_id').execute();
}

async function createDeliveries({ schema }: Kysely<WebhookTables>, integer: Dialect['integer']): Promise<void> {
  await schema
    .createTable('deliveries')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('webhook_id', 'text', (column) => column.notNull().references('webhooks.id').onDelete('cascade'))
    .addColumn('position', integer, (column) => column.notNull().references('events.position').onDelete('cascade'))
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('queued_ms', integer, (column) => column.notNull())
    .addColumn('first_attempt_ms', integer)
    .addColumn('due_ms', integer)
    .addColumn('claim', 'text')
    .addColumn('finished_ms', integer)
    .addUniqueConstraint('deliveries_once', ['webhook_id', 'position'])
    .execute();
  await createDeliveryIndexes(schema);
  await schema
    .createTable('delivery_attempts')
    .addColumn('delivery_id', 'text', (column) => column.notNull().references('deliveries.id').onDelete('cascade'))
    .addColumn('claim', 'text', (column) => column.notNull())
    .addColumn('at_ms', integer, (column) => column.notNull())
    .addColumn('duration_ms', integer, (column) => column.notNull())
    .addColumn('status', 'integer')
    .addColumn('failure', 'text')
    .addColumn('detail', 'text')
    .addColumn('response_head', 'text')
    .addPrimaryKeyConstraint('delivery_attempts_key', ['delivery_id', 'claim'])
    .execute();
}

async function createDeliveryIndexes(schema: Kysely<WebhookTables>['schema']): Promise<void> {
  const isPending = sql<boolean>`state = 'pending'`;
  await schema
    .createIndex('deliveries_due')
    .on('deliveries')
    .columns(['webhook_id', 'due_ms', 'position'])
    .where(isPending)
    .execute();
  await schema
    .createIndex('deliveries_in_order')
    .on('deliveries')
    .columns(['webhook_id', 'subject', 'position'])
    .where(isPending)
    .execute();
  // By the events that go away, and by those that must stay because they are owed.
  await schema.createIndex('deliveries_of_event').on('deliveries').columns(['position', 'state']).execute();
  await schema
    .createIndex('deliveries_claimed')
    .on('deliveries')
    .column('webhook_id')
    .where(sql<boolean>`claim is not null`)
    .execute();
}
