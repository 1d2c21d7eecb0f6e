import type { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import type { Dialect } from './dialect.js';
import * as eventLog from './migrations/0001-event-log.js';
import * as webhooks from './migrations/0002-webhooks.js';
import type { Schema } from './schema.js';

interface Step {
  up(db: Kysely<never>, dialect: Dialect): Promise<void>;
}

/** In the order of their names, forwards only. A step that has been released is never changed. */
const STEPS = { '0001-event-log': eventLog, '0002-webhooks': webhooks } as unknown as Readonly<Record<string, Step>>;

/** Brings the schema up to date. Of two processes that start at once, one does it and the other waits. */
export async function migrate(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  const entries = Object.entries(STEPS).map(([name, step]): [string, Migration] => [
    name,
    { up: (target) => step.up(target as Kysely<never>, dialect) },
  ]);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => Object.fromEntries(entries) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error as Error;
}
