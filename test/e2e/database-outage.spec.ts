import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startPrivatePostgres, type PrivatePostgres } from '../support/private-postgres.js';
import type { StartedApp } from '../support/start-app.js';
import { followSse, story, subscribeEvents, type Follower, type SeenEvent } from './followers.js';
import { serve } from './service.js';

/** The database's client gives up on a server that hangs after 15 s. */
const HANG_NOTICED_MS = 40_000;

describe('a PostgreSQL that goes away under load', { timeout: 120_000 }, () => {
  let postgres: PrivatePostgres;
  let engine: PrivateEngine;
  let app: StartedApp;
  let begin: string;
  let round = 0;
  const followers: Follower<SeenEvent>[] = [];

  const historyAfter = async (cursor: string): Promise<{ status: number; items: SeenEvent[] }> => {
    const { status, body } = (await app.http.get(`/v1/events?limit=500&after=${cursor}`)) as { status: number; body: { items: SeenEvent[] } };
    return { status, items: body.items };
  };
  const database = async (): Promise<unknown> => {
    const { status, body } = (await app.http.get('/health/ready')) as { status: number; body: { database: unknown } };
    expect(status).toBe(200);
    return body.database;
  };

  /** Creates and removes networks, two at a time, until it is told to stop; answers what was made. */
  const startLoad = (): { readonly made: string[]; readonly refused: unknown[]; stop(): Promise<void> } => {
    const made: string[] = [];
    const refused: unknown[] = [];
    let isOver = false;
    round += 1;
    const work = async (worker: string): Promise<void> => {
      for (let turn = 0; !isOver; turn += 1) {
        const name = `load${round}${worker}${turn}`;
        const { status, body } = (await app.http.post('/v1/networks').send({ name })) as { status: number; body: { code?: string; outcome?: string } };
        if (status !== 201) refused.push({ status, code: body.code });
        const mayBeThere = status === 201 || body.outcome === 'unknown';
        if (!mayBeThere || (await app.http.get(`/v1/networks/${name}`)).status !== 200) continue;
        made.push(name);
        const remove = async (): Promise<void> => expect([204, 404]).toContain((await app.http.delete(`/v1/networks/${name}`)).status);
        await eventually(remove, { timeoutMs: 90_000 });
      }
    };
    const working = Promise.all(['a', 'b'].map(work));
    return {
      made,
      refused,
      stop: async () => {
        isOver = true;
        await working;
      },
    };
  };

  /** What others do meanwhile. */
  const changeBehind = async (names: readonly string[]): Promise<void> => {
    for (const name of names) {
      await engine.docker('network', 'create', name);
      await engine.docker('network', 'rm', name);
    }
  };

  /** What cannot be put on record is not done. */
  const expectRefused = async (): Promise<void> => {
    expect(await app.http.post('/v1/networks').send({ name: 'refused' })).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
    expect((await app.http.get('/v1/networks/refused')).status).toBe(404);
  };

  /** Everything is told once and in order, to those who read and to those who followed all the while. */
  const expectComplete = async (made: readonly string[], seenBefore: readonly SeenEvent[]): Promise<void> => {
    const told: SeenEvent[] = [];
    await eventually(async () => {
      told.length = 0;
      for (let after = begin, page: SeenEvent[]; ; after = page.at(-1)!.cursor) {
        const { status, items } = await historyAfter(after);
        expect(status).toBe(200);
        page = items;
        told.push(...page);
        if (page.length === 0) break;
      }
      for (const name of made) expect(story(told)).toContain(`network.removed ${name}`);
    }, { timeoutMs: 20_000 });
    const creations = story(told).filter((step) => step.startsWith('network.created'));
    expect(creations.sort()).toEqual(made.map((name) => `network.created ${name}`).sort());
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
    // Whoever saw a cursor finds the same event at it.
    expect(told.slice(0, seenBefore.length)).toMatchObject(seenBefore.map(({ id, cursor }) => ({ id, cursor })));
    for (const { seen, end } of followers) {
      await eventually(() => expect(seen.map(({ id }) => id)).toEqual(told.map(({ id }) => id)));
      expect(end).toBeUndefined();
    }
    expect(story(told).filter((step) => step.startsWith('engine.'))).toEqual([]);
  };

  beforeAll(async () => {
    postgres = await startPrivatePostgres({ name: 'outage' });
    engine = await startPrivateEngine({ name: 'local', addressPool: 'base=10.32.0.0/12,size=24' });
    app = await serve(engine, { database: { kind: 'postgres', url: postgres.url } });
  });
  beforeEach(async () => {
    await engine.docker('network', 'create', `begin${round}`);
    begin = await eventually(async () => {
      const { body } = (await app.http.get('/v1/events?limit=500&types=network.created')) as { body: { items: SeenEvent[] } };
      const { cursor, subject } = body.items.at(-1)!;
      expect(subject.name).toBe(`begin${round}`);
      return cursor;
    });
    followers.push(await followSse(app, `?after=${begin}`), subscribeEvents(app, {}, begin));
  });
  afterEach(() => {
    for (const follower of followers.splice(0)) follower.stop();
  });
  afterAll(async () => {
    await app?.close();
    await postgres.stop();
    await engine.stop();
  });

  it.each(['SIGINT', 'SIGQUIT', 'SIGKILL'] as const)('ended by %s and started again: commands are refused, nothing recorded is lost, what happened is told later', async (signal) => {
    const load = startLoad();
    await eventually(() => expect(followers[0]!.seen.length).toBeGreaterThan(10));
    await postgres.kill(signal);
    const seenBefore = [...followers[0]!.seen];
    await eventually(async () => expect(await database()).toMatchObject({ state: 'failing', problem: expect.stringMatching(/^the (server|connection)/) }));
    await eventually(async () => expect((await historyAfter(begin)).status).toBe(503));
    expect((await app.http.get('/v1/networks')).status).toBe(200);
    await expectRefused();
    const behind = [1, 2, 3].map((turn) => `behind${round}x${turn}`);
    await changeBehind(behind);
    await postgres.start();
    await eventually(async () => expect(await database()).toEqual({ state: 'available', problem: null }));
    await load.stop();
    for (const refusal of load.refused) expect(refusal).toEqual({ status: 503, code: 'DATABASE_UNAVAILABLE' });
    await expectComplete([...load.made, ...behind], seenBefore);
  });

  it('hanging and continued: the same', async () => {
    const load = startLoad();
    await eventually(() => expect(followers[0]!.seen.length).toBeGreaterThan(10));
    postgres.freeze();
    const seenBefore = [...followers[0]!.seen];
    // What others change shows as soon as ever: the picture waits for no database.
    await engine.docker('network', 'create', 'behind');
    await eventually(async () => expect((await app.http.get('/v1/networks/behind')).status).toBe(200), { timeoutMs: 3_000 });
    await engine.docker('network', 'rm', 'behind');
    await eventually(async () => expect((await app.http.get('/v1/networks/behind')).status).toBe(404), { timeoutMs: 3_000 });
    await eventually(async () => expect(await database()).toEqual({ state: 'failing', problem: 'the server does not answer in time' }), {
      timeoutMs: HANG_NOTICED_MS,
    });
    await expectRefused();
    postgres.thaw();
    await eventually(async () => expect(await database()).toEqual({ state: 'available', problem: null }), { timeoutMs: 20_000 });
    await load.stop();
    for (const refusal of load.refused) expect(refusal).toEqual({ status: 503, code: 'DATABASE_UNAVAILABLE' });
    await expectComplete([...load.made, 'behind'], seenBefore);
  });
});
