import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { EventLogRepository } from '../../src/event-log/event-log.repository.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { aDatabaseSettings } from './database-settings.js';

describe.each(DATABASES)('the database, %s', (_name, make) => {
  let place: TestDatabase;
  const opened: Database[] = [];
  const open = async (): Promise<Database> => {
    const database = new Database(aDatabaseSettings(place.settings));
    opened.push(database);
    await database.onModuleInit();
    return database;
  };
  beforeEach(async () => {
    place = await make();
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.onApplicationShutdown();
    place.drop();
  });

  it('is set up once, by whoever comes first, also when several start at once', async () => {
    const databases = await Promise.all([open(), open(), open()]);
    expect(databases.map(({ condition }) => condition.state)).toEqual(['available', 'available', 'available']);
    const [first, second] = databases.map((database) => new EventLogRepository(database));
    await first!.beginEpoch();
    await second!.beginEpoch();
    expect(await first!.epochs()).toHaveLength(2);
  });

  it('keeps nothing of a transaction that fails', async () => {
    const database = await open();
    const failing = database.write(async (transaction) => {
      await sql`update log_head set position = 7`.execute(transaction);
      throw new Error('half-way');
    });
    await expect(failing).rejects.toThrow('half-way');
    expect(await new EventLogRepository(database).bounds()).toMatchObject({ position: 0 });
    expect(database.condition.state).toBe('available');
  });

  it('tells the fault of a statement from a failure of its own', async () => {
    const database = await open();
    await expect(database.read((db) => sql`select nothing from nowhere`.execute(db))).rejects.not.toHaveProperty('code', 'DATABASE_UNAVAILABLE');
    expect(database.condition).toEqual({ state: 'available', problem: null });
  });
});
