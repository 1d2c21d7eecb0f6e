import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { aDatabaseSettings } from './database-settings.js';

const MEGABYTE = 1024 * 1024;

describe('the write-ahead log of SQLite', () => {
  let folder: string;
  let database: Database;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-wal-'));
    database = new Database(aDatabaseSettings({ kind: 'sqlite', file: join(folder, 'fairlead.db') }));
    await database.onModuleInit();
  });
  afterEach(async () => {
    await database.onApplicationShutdown();
    rmSync(folder, { recursive: true });
  });

  const size = (): number => (existsSync(join(folder, 'fairlead.db-wal')) ? statSync(join(folder, 'fairlead.db-wal')).size : 0);
  const write = async (megabytes: number): Promise<void> => {
    // Different each time: pages that stay the same are not written again.
    const bodyOf = (part: number): string => String(part % 10).repeat(MEGABYTE / 4);
    for (let part = 0; part < 4 * megabytes; part += 1) {
      const id = String(part % 7);
      await database.write((transaction) =>
        sql`insert into told values ('local', 'network', ${id}, ${bodyOf(part)}) on conflict do update set body = excluded.body`.execute(transaction));
      await database.read((db) => sql`select id from told`.execute(db));
    }
  };

  it('stays small however much is written and read', async () => {
    await write(40);
    expect(size()).toBeLessThan(8 * MEGABYTE);
  });

  it('grows only while somebody else reads without an end, and is cut back after that', async () => {
    const foreign = new DatabaseSync(join(folder, 'fairlead.db'), { readOnly: true });
    foreign.exec('begin');
    foreign.prepare('select * from told').all();
    await write(40);
    expect(size()).toBeGreaterThan(30 * MEGABYTE);
    foreign.exec('commit');
    await write(1);
    expect(size()).toBeLessThanOrEqual(16 * MEGABYTE);
    foreign.close();
  });
});
