import type { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { SettingsError } from '../config/settings.js';
import type { Dialect } from './dialect.js';
import * as eventLog from './migrations/0001-event-log.js';
import * as webhooks from './migrations/0002-webhooks.js';
import * as idempotency from './migrations/0003-idempotency.js';
import * as engines from './migrations/0004-engines.js';
import * as apiKeys from './migrations/0005-api-keys.js';
import * as audit from './migrations/0006-audit.js';
import * as rateCounts from './migrations/0007-rate-counts.js';
import * as sights from './migrations/0008-sights.js';
import type { Schema } from './schema.js';

interface Step {
  up(db: Kysely<never>, dialect: Dialect): Promise<void>;
}

/** In the order of their names, forwards only. A step that has been released is never changed. */
const STEPS = {
  '0001-event-log': eventLog,
  '0002-webhooks': webhooks,
  '0003-idempotency': idempotency,
  '0004-engines': engines,
  '0005-api-keys': apiKeys,
  '0006-audit': audit,
  '0007-rate-counts': rateCounts,
  '0008-sights': sights,
} as unknown as Readonly<Record<string, Step>>;

/** The migrator's words for a step that it does not know. */
const UNKNOWN_STEP = /previously executed migration (?<step>\S+) is missing/;

/**
 * Brings the schema up to date. Of two processes that start at once, one does it and the other waits. Fails with a
 * `SettingsError` where the schema is newer than this program.
 */
export async function migrate(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  const entries = Object.entries(STEPS).map(([name, step]): [string, Migration] => [
    name,
    { up: (target) => step.up(target as Kysely<never>, dialect) },
  ]);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => Object.fromEntries(entries) } });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const step = error instanceof Error ? UNKNOWN_STEP.exec(error.message)?.groups?.step : undefined;
  if (step === undefined) throw error as Error;
  const problem = `the database belongs to a newer Fairlead, whose schema step ${step} this one does not know`;
  throw new SettingsError('FAIRLEAD_DATABASE_URL', `${problem}: run that version, or name another database`);
}
