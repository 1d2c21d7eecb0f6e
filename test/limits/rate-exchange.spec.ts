import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Settings } from '../../src/config/settings.js';
import { Database } from '../../src/database/database.js';
import { RateCountsRepository } from '../../src/limits/rate-counts.repository.js';
import { RateExchange } from '../../src/limits/rate-exchange.js';
import { RateLimits } from '../../src/limits/rate-limits.js';
import { aDatabaseSettings } from '../database/database-settings.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';

/** What of a process has to do with rates. */
async function startProcess({ settings }: TestDatabase) {
  const values = new Settings({ ...aDatabaseSettings(settings), rateLimits: { perKey: 1_000, perAddress: 100 } });
  const database = new Database(values);
  const limits = new RateLimits(values);
  const exchange = new RateExchange(limits, new RateCountsRepository(database));
  await database.onModuleInit();
  exchange.onApplicationBootstrap();
  return {
    limits,
    remaining: (keyId: string): number => limits.spend(keyId, 0)?.remaining ?? Infinity,
    stop: async () => {
      await exchange.beforeApplicationShutdown();
      await database.onApplicationShutdown();
    },
  };
}

describe.each(DATABASES)('processes on one %s', (_name, openDatabase) => {
  let database: TestDatabase;
  let one: Awaited<ReturnType<typeof startProcess>>;
  let other: Awaited<ReturnType<typeof startProcess>>;
  beforeAll(async () => {
    database = await openDatabase();
    one = await startProcess(database);
    other = await startProcess(database);
  });
  afterAll(async () => {
    await one.stop();
    await other.stop();
    database.drop();
  });

  it('count a key and an address together', async () => {
    await eventually(() => {
      // Anew each time: a minute may have ended in between.
      one.limits.spend('busy', 100);
      one.limits.noteStranger('192.0.2.1');
      expect(other.remaining('busy')).toBeLessThan(1_000);
      for (let n = 0; n < 20; n += 1) one.limits.noteStranger('192.0.2.1');
      expect(other.limits.addresses?.look('192.0.2.1').remaining).toBeLessThan(100);
    }, { timeoutMs: 15_000 });
    expect(other.remaining('idle')).toBe(1_000);
  });
});
