import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JournalTimings } from '../../src/event-log/journal-timings.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { CAN_FAIL, SmallDisk } from '../support/small-disk.js';
import type { StartedApp } from '../support/start-app.js';
import { followSse, story, subscribeEvents, type SeenEvent } from './followers.js';
import { serve } from './service.js';

describe('an embedded database', { timeout: 90_000 }, () => {
  let engine: PrivateEngine;
  let disk: SmallDisk;
  let app: StartedApp;
  let round = 0;

  const start = (): Promise<StartedApp> =>
    serve(engine, { dataFolder: disk.path, database: { kind: 'sqlite', file: join(disk.path, 'fairlead.db') } });
  const history = async (): Promise<{ status: number; items: SeenEvent[] }> => {
    const { status, body } = (await app.http.get('/v1/events?limit=500&types=network.*')) as { status: number; body: { items: SeenEvent[] } };
    return { status, items: body.items };
  };
  const database = async (): Promise<unknown> => {
    const { status, body } = (await app.http.get('/health/ready')) as { status: number; body: { database: unknown } };
    expect(status).toBe(200);
    return body.database;
  };
  const untilAvailable = (): Promise<void> =>
    eventually(async () => expect(await database()).toEqual({ state: 'available', problem: null }));
  const byClient = async (count: number): Promise<string[]> => {
    round += 1;
    const names = Array.from({ length: count }, (_, index) => `disk${round}x${index}`);
    for (const name of names) await engine.docker('network', 'create', name);
    return names;
  };
  const created = (names: readonly string[]): string[] => names.map((name) => `network.created ${name}`);
  /** Reads are answered as ever; what cannot be put on record is not done. */
  const expectReadOnly = async (name: string): Promise<void> => {
    expect(await app.http.post('/v1/networks').send({ name })).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
    expect((await app.http.get(`/v1/networks/${name}`)).status).toBe(404);
  };
  /** On a disk that is full some writes find room: those that are told to have been done were. */
  const command = async (name: string): Promise<string[]> => {
    const { status, body } = (await app.http.post('/v1/networks').send({ name })) as { status: number; body: { code?: string; outcome?: string } };
    const isThere = (await app.http.get(`/v1/networks/${name}`)).status === 200;
    if (status === 503) expect(body.code).toBe('DATABASE_UNAVAILABLE');
    if (body.outcome !== 'unknown') expect({ status, isThere }).toEqual({ status: isThere ? 201 : 503, isThere });
    return isThere ? [name] : [];
  };

  beforeAll(async () => {
    engine = await startPrivateEngine({ name: 'local', addressPool: 'base=10.32.0.0/12,size=24' });
  });
  beforeEach(() => {
    disk = new SmallDisk(3);
  });
  afterEach(async () => {
    await app.close();
    disk.remove();
  });
  afterAll(() => engine.stop());

  it('on a full disk fails alone: reads go on, commands are done or refused, and the log catches up in order when there is room', async () => {
    app = await start();
    const followers = [await followSse(app), subscribeEvents(app)];
    const before = await byClient(3);
    await eventually(() => expect(story(followers[0]!.seen)).toEqual(created(before)));
    disk.fill();
    // Some room is left in the files that stand.
    const during: string[] = [];
    await eventually(async () => {
      during.push(...(await byClient(5)));
      expect(await database()).toEqual({ state: 'failing', problem: 'the disk is full' });
    }, { timeoutMs: 20_000 });
    during.push(...(await command('commanded')));
    expect((await history()).status).toBe(200);
    expect((await app.http.get('/metrics')).text).toMatch(/^fairlead_event_log_waiting [1-9]/m);
    expect((await app.http.get('/metrics')).text).toMatch(/^fairlead_database_available 0/m);
    disk.free();
    await untilAvailable();
    const names = [...before, ...during, ...(await byClient(2))];
    await eventually(async () => expect(story((await history()).items)).toEqual(created(names)));
    for (const { seen } of followers) await eventually(() => expect(story(seen)).toEqual(created(names)));
  });

  it('on a disk that is full for too long begins anew in a gap that says why', async () => {
    app = await start();
    Object.assign(app.app.get(JournalTimings), { mostWaiting: 8 });
    const follower = await followSse(app);
    const before = await byClient(2);
    await eventually(() => expect(story(follower.seen)).toEqual(created(before)));
    disk.fill();
    const during: string[] = [];
    await eventually(async () => {
      during.push(...(await byClient(4)));
      expect(app.logged()).toContain('Events could not be kept.');
    }, { timeoutMs: 20_000 });
    during.push(...(await byClient(2)));
    disk.free();
    await untilAvailable();
    await eventually(() => expect(follower.seen.at(-1)?.type).toBe('engine.resynced'));
    const told = follower.seen;
    expect(story(told).filter((step) => step.startsWith('network.')).sort()).toEqual(created([...before, ...during]).sort());
    const gap = told.find(({ type }) => type === 'engine.gap');
    expect(gap?.gap?.reason).toMatch(/Events could not be kept.*the disk is full/);
    const late = await byClient(1);
    await eventually(() => expect(story(follower.seen).slice(-1)).toEqual(created(late)));
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  });

  it.each([
    ['read-only', () => disk.makeReadOnly(), () => disk.makeWritable()],
    ['full', () => disk.fill(), () => disk.free()],
  ])('on a disk that is %s when the service starts keeps it from nothing but the log and commands', async (_what, harm, heal) => {
    app = await start();
    const before = await byClient(2);
    await eventually(async () => expect(story((await history()).items)).toEqual(created(before)));
    await app.close();
    harm();
    const meanwhile = await byClient(2);
    app = await start();
    await eventually(async () => expect(await database()).toMatchObject({ problem: expect.any(String) }));
    await expectReadOnly(`refused${round}`);
    heal();
    await untilAvailable();
    const names = [...before, ...meanwhile, ...(await command(`served${round}`))];
    expect(names).toContain(`served${round}`);
    await eventually(async () => expect(story((await history()).items)).toEqual(created(names)));
  });

  it('on a disk that is read-only when the service starts after a crash is written to as soon as the disk can be', async () => {
    app = await start();
    const before = await byClient(2);
    await eventually(async () => expect(story((await history()).items)).toEqual(created(before)));
    const files = ['', '-wal', '-shm'].map((suffix) => join(disk.path, `fairlead.db${suffix}`));
    const left = files.map((file) => readFileSync(file));
    await app.close();
    for (const [index, file] of files.entries()) writeFileSync(file, left[index]!);
    disk.makeReadOnly();
    app = await start();
    await eventually(async () => expect(await database()).toMatchObject({ problem: expect.any(String) }));
    disk.makeWritable();
    await untilAvailable();
    const names = [...before, ...(await byClient(1))];
    await eventually(async () => expect(story((await history()).items)).toEqual(created(names)));
  });

  it.skipIf(!CAN_FAIL)('on a disk that fails while the service runs fails alone, and the log goes on once it is mounted anew', async () => {
    disk.remove();
    disk = new SmallDisk(16, { canFail: true });
    app = await start();
    const before = await byClient(2);
    await eventually(async () => expect(story((await history()).items)).toEqual(created(before)));
    disk.fail();
    const during = await byClient(2);
    await eventually(async () => expect(await database()).toEqual({ state: 'failing', problem: 'the disk fails' }), { timeoutMs: 40_000 });
    await expectReadOnly(`refused${round}`);
    expect(story((await history()).items)).toEqual(created(before));
    await app.close();
    await disk.mountAnew();
    app = await start();
    // What the one before could not give back ends by itself first.
    await eventually(async () => expect(story((await history()).items)).toEqual(created([...before, ...during])), { timeoutMs: 60_000 });
    expect(await database()).toEqual({ state: 'available', problem: null });
  }, 120_000);
});
