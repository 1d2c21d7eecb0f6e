import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { EventLogRepository } from '../../src/event-log/event-log.repository.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
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

describe('connections to PostgreSQL', () => {
  let place: TestDatabase;
  let database: Database;
  beforeEach(async () => {
    place = await DATABASES[1]![1]();
    database = new Database(aDatabaseSettings(place.settings));
    await database.onModuleInit();
  });
  afterEach(() => database.onApplicationShutdown());

  it('to a server that takes no writes are told so, and read through as ever', async () => {
    const { url } = place.settings as { url: string };
    const makeReadOnly = async (value: 'on' | 'off'): Promise<void> => {
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query('set default_transaction_read_only = off');
      await client.query(`alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = ${value}`);
      // It is a setting of new sessions.
      await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()');
      await client.end();
    };
    await makeReadOnly('on');
    await eventually(async () => {
      await expect(new EventLogRepository(database).beginEpoch()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
      expect(database.condition).toEqual({ state: 'failing', problem: 'the server takes no writes' });
    });
    expect(await new EventLogRepository(database).bounds()).toMatchObject({ position: 0 });
    await makeReadOnly('off');
    await eventually(() => expect(database.condition).toEqual({ state: 'available', problem: null }));
  });

  it('that break while they are in use fail the transaction, and nothing else', async () => {
    const broken = database.write(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction);
      await database.read((db) => sql`select pg_terminate_backend(${rows[0]!.pid})`.execute(db));
      // It is heard of while no query is under way.
      await eventually(() => expect(database.condition.state).toBe('failing'));
      await sql`select 1`.execute(transaction);
    });
    await expect(broken).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await eventually(() => expect(database.condition).toEqual({ state: 'available', problem: null }));
  });
});

describe('SQLite that another process writes to without an end', () => {
  it('is read as ever, is told to be busy, and takes what waited when the other one is done', async () => {
    const place = await DATABASES[0]![1]();
    const database = new Database(aDatabaseSettings(place.settings));
    await database.onModuleInit();
    const foreign = new DatabaseSync((place.settings as { file: string }).file);
    foreign.exec('begin immediate; update log_head set position = 7');
    const writing = new EventLogRepository(database).beginEpoch();
    const refused = expect(writing).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    const began = performance.now();
    expect(await new EventLogRepository(database).bounds()).toMatchObject({ position: 0 });
    expect(performance.now() - began).toBeLessThan(1_000);
    await refused;
    expect(database.condition).toEqual({ state: 'failing', problem: 'another process keeps it busy' });
    expect(await new EventLogRepository(database).bounds()).toMatchObject({ position: 0 });
    foreign.exec('commit');
    foreign.close();
    await new EventLogRepository(database).beginEpoch();
    await eventually(() => expect(database.condition.state).toBe('available'));
    await database.onApplicationShutdown();
    place.drop();
  });
});
