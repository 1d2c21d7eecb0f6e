import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { EventLogRepository } from '../../src/event-log/event-log.repository.js';
import { aDatabaseSettings } from './database-settings.js';

describe('the embedded database', () => {
  let folder: string;
  const opened: Database[] = [];
  const open = async (): Promise<Database> => {
    const database = new Database(aDatabaseSettings({ kind: 'sqlite', file: join(folder, 'fairlead.db') }));
    opened.push(database);
    await database.onModuleInit();
    return database;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-database-'));
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.onApplicationShutdown();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is set up once, by whoever comes first, also when several start at once', async () => {
    const databases = await Promise.all([open(), open(), open()]);
    expect(databases.map(({ condition }) => condition.state)).toEqual(['available', 'available', 'available']);
    const repository = new EventLogRepository(databases[0]);
    await repository.beginEpoch();
    await new EventLogRepository(databases[1]).beginEpoch();
    expect(await repository.epochs()).toHaveLength(2);
  });

  it('survives a crash in the middle of a transaction with what was committed, and nothing else', async () => {
    const database = await open();
    await expect(
      database.write(async (transaction) => {
        await sql`update log_head set position = 7`.execute(transaction);
        throw new Error('crash');
      }),
    ).rejects.toThrow('crash');
    expect(await new EventLogRepository(database).bounds()).toMatchObject({ position: 0 });
  });
});
