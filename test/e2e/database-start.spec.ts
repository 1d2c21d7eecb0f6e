import { DatabaseSync } from 'node:sqlite';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readDatabase } from '../../src/config/database-settings.js';
import { SettingsError } from '../../src/config/settings.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startPrivatePostgres, type PrivatePostgres } from '../support/private-postgres.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { startApp } from '../support/start-app.js';
import { followSse, story, type SeenEvent } from './followers.js';

const NEWER = '9999-of-the-future';

/** What the service says when it refuses to start. */
async function refusalOf(databaseUrl: string): Promise<string> {
  const failure: unknown = await startServiceProcess({ engines: [], databaseUrl }).then(
    async (service) => service.stop(),
    (error: unknown) => error,
  );
  return String(failure);
}

/** The same without a process: the message is the line that one would end with. */
async function failureOf(databaseUrl: string): Promise<Error | undefined> {
  const { database } = readDatabase({ FAIRLEAD_DATABASE_URL: databaseUrl });
  return startApp({ database }).then(async (app) => app.close().then(() => undefined), (error: unknown) => error as Error);
}

async function query(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows;
  } finally {
    await client.end();
  }
}

describe('the start of the service', { timeout: 90_000 }, () => {
  let postgres: PrivatePostgres;
  let folder: string;
  beforeAll(async () => {
    postgres = await startPrivatePostgres({ name: 'start' });
  });
  afterAll(() => postgres.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-start-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  describe('in front of a PostgreSQL that is down', () => {
    let engine: PrivateEngine;
    let service: ServiceProcess;
    beforeAll(async () => {
      engine = await startPrivateEngine({ name: 'local' });
    });
    afterAll(async () => {
      await service.stop();
      await engine.stop();
    });

    it('succeeds: reads are answered, commands and history are refused, and all begins once it is up', async () => {
      await postgres.kill('SIGINT');
      service = await startServiceProcess({ engines: [engine], databaseUrl: postgres.url });
      await service.untilConnected();
      const problem = 'the server cannot be reached';
      expect(await service.get('/health/ready')).toMatchObject({ status: 200, body: { database: { state: 'opening', problem } } });
      await engine.docker('network', 'create', 'before');
      await eventually(async () => expect(await service.get('/v1/networks/before')).toMatchObject({ status: 200 }));
      const refused = await service.send('DELETE', '/v1/networks/before');
      expect(refused).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
      expect(await service.get('/v1/networks/before')).toMatchObject({ status: 200 });
      for (const accept of ['application/json', 'text/event-stream']) {
        expect(await service.get('/v1/events', { accept })).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
      }
      await postgres.start();
      await eventually(async () => {
        expect((await service.get('/health/ready')).body).toMatchObject({ database: { state: 'available', problem: null } });
      });
      const follower = await followSse(service);
      // What stood when the log began is known, not told.
      await eventually(async () => expect((await service.get('/metrics')).body).toContain('fairlead_event_journal_held{engine="local"} 1'));
      await engine.docker('network', 'create', 'after');
      await eventually(() => expect(story(follower.seen)).toContain('network.created after'));
      const { body } = await service.get('/v1/events?types=network.*');
      expect(story((body as { items: SeenEvent[] }).items)).toEqual(['network.created after']);
      follower.stop();
    });

    it('later tells what happened while the service was down, and the database with it', async () => {
      await service.kill('SIGKILL');
      await postgres.kill('SIGINT');
      await engine.docker('network', 'create', 'meanwhile');
      await service.start();
      await service.untilConnected();
      await engine.docker('network', 'rm', 'after');
      await postgres.start();
      await eventually(async () => {
        const { body } = await service.get('/v1/events?types=network.*');
        expect(story((body as { items: SeenEvent[] }).items ?? [])).toEqual([
          'network.created after', 'network.created meanwhile', 'network.removed after',
        ]);
      });
    });

    it('can be stopped again at once', async () => {
      await service.kill('SIGTERM');
      await postgres.kill('SIGINT');
      await service.start();
      const began = performance.now();
      expect(await service.kill('SIGTERM')).toBe(0);
      expect(performance.now() - began).toBeLessThan(5_000);
      await postgres.start();
      await service.start();
    });
  });

  const unfit = {
    'a folder': () => `sqlite:${folder}`,
    'what is no database': () => {
      writeFileSync(join(folder, 'text'), 'not a database, whatever its name says'.repeat(100));
      return `sqlite:${join(folder, 'text')}`;
    },
    'a place below a file': () => {
      writeFileSync(join(folder, 'file'), '');
      return `sqlite:${join(folder, 'file', 'fairlead.db')}`;
    },
    'a PostgreSQL that has no such database': () => postgres.url.replace(/fairlead$/, 'elsewhere'),
    'a PostgreSQL that does not know the user': () => postgres.url.replace('//fairlead@', '//stranger:secret@'),
  };

  it('is refused in one line that names the setting', async () => {
    const refusal = await refusalOf(unfit['a PostgreSQL that does not know the user']());
    expect(refusal).toMatch(/^FAIRLEAD_DATABASE_URL: .+$/m);
    expect(refusal).not.toMatch(/^ +at /m);
    expect(refusal).not.toContain('secret');
  });

  it.each(Object.entries(unfit))('is refused for %s', async (_what, url) => {
    const failure = await failureOf(url());
    expect(failure).toBeInstanceOf(SettingsError);
    expect(failure?.message).toMatch(/^FAIRLEAD_DATABASE_URL: .+$/);
    expect(failure?.message).not.toContain('secret');
  });

  it('is refused for a schema that is newer than the program, on SQLite', async () => {
    const databaseUrl = `sqlite:${join(folder, 'fairlead.db')}`;
    expect(await failureOf(databaseUrl)).toBeUndefined();
    const database = new DatabaseSync(join(folder, 'fairlead.db'));
    database.prepare('insert into kysely_migration values (?, ?)').run(NEWER, new Date().toISOString());
    database.close();
    expect((await failureOf(databaseUrl))?.message).toMatch(new RegExp(`^FAIRLEAD_DATABASE_URL: .*newer Fairlead.*${NEWER}`));
  });

  it('is refused for a schema that is newer than the program, on PostgreSQL', async () => {
    const url = await postgres.createDatabase('newer');
    const service = await startServiceProcess({ engines: [], databaseUrl: url });
    await service.kill('SIGTERM');
    await query(url, 'insert into kysely_migration values ($1, $2)', [NEWER, new Date().toISOString()]);
    await expect(service.start()).rejects.toThrow(/FAIRLEAD_DATABASE_URL: .*newer Fairlead/);
    expect(await service.stop()).toBe(78);
  });

  it.each([
    ['SQLite', async () => ({ dataFolder: folder })],
    ['PostgreSQL', async () => ({ databaseUrl: await postgres.createDatabase('at-once') })],
  ])('of several processes at once on an empty database sets up one schema, on %s', async (_name, place) => {
    const options = { engines: [], ...(await place()) };
    const services = await Promise.all([1, 2, 3].map(() => startServiceProcess(options)));
    for (const service of services) {
      await eventually(async () => {
        expect((await service.get('/health/ready')).body).toMatchObject({ database: { state: 'available', problem: null } });
      });
      expect(await service.get('/v1/events')).toMatchObject({ status: 200, body: { total: 0 } });
    }
    expect(await Promise.all(services.map((service) => service.stop()))).toEqual([0, 0, 0]);
  });
});
