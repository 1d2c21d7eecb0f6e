import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startPrivatePostgres, type PrivatePostgres } from '../support/private-postgres.js';
import { startServiceProcess, type ServiceProcess, type ServiceProcessOptions } from '../support/service-process.js';
import { followSse, story, type Follower, type SeenEvent } from './followers.js';

const LEASE_MS = 6_000;

let postgres: PrivatePostgres;
let made = 0;

const PLACES: readonly (readonly [string, (folder: string) => Promise<Partial<ServiceProcessOptions>>])[] = [
  ['SQLite', async (folder) => ({ dataFolder: folder })],
  ['PostgreSQL', async () => {
    made += 1;
    return { databaseUrl: await postgres.createDatabase(`pair${made}`) };
  }],
];

describe.each(PLACES)('two processes on one engine and one database, %s', { timeout: 90_000 }, (_name, placeIn) => {
  let engine: PrivateEngine;
  let folder: string;
  let holder: ServiceProcess;
  let other: ServiceProcess;
  let begin: string | undefined;
  const followers: Follower<SeenEvent>[] = [];

  const holds = async (service: ServiceProcess): Promise<boolean> =>
    (await service.get('/metrics')).body.includes('fairlead_event_journal_held{engine="local"} 1');
  const history = async (service: ServiceProcess): Promise<SeenEvent[]> => {
    const { status, body } = await service.get(`/v1/events?limit=500${begin === undefined ? '' : `&after=${begin}`}`);
    expect(status).toBe(200);
    return body.items;
  };
  const follow = async (service: ServiceProcess): Promise<Follower<SeenEvent>> => {
    const follower = await followSse(service, begin === undefined ? '' : `?after=${begin}`);
    followers.push(follower);
    return follower;
  };
  const createNetworks = async (prefix: string, count: number, by: (name: string) => Promise<unknown>): Promise<string[]> => {
    const names = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
    for (const name of names) await by(name);
    return names;
  };
  const byClient = (name: string): Promise<string> => engine.docker('network', 'create', name);
  const byService = (service: ServiceProcess) => async (name: string): Promise<void> =>
    expect(await service.send('POST', '/v1/networks', { name })).toMatchObject({ status: 201 });
  /** Of a log: nothing twice, and cursors in order. */
  const expectOneLog = (log: readonly SeenEvent[]): void => {
    expect(new Set(log.map(({ id }) => id)).size).toBe(log.length);
    expect(new Set(story(log)).size).toBe(log.length);
    const cursors = log.map(({ cursor }) => cursor);
    expect(cursors).toEqual([...cursors].sort());
  };
  /** Both tell the same, each change that happened once, and so do those who follow. */
  const expectTold = async (names: readonly string[], from: readonly ServiceProcess[]): Promise<void> => {
    const wanted = names.map((name) => `network.created ${name}`).sort();
    await eventually(async () => {
      for (const service of from) {
        expect(story(await history(service)).filter((told) => told.startsWith('network.created')).sort()).toEqual(wanted);
      }
    }, { timeoutMs: 20_000 });
    const log = await history(from[0]!);
    expectOneLog(log);
    for (const service of from) expect(await history(service)).toEqual(log);
  };

  beforeAll(async () => {
    postgres ??= await startPrivatePostgres({ name: 'pairs' });
    engine = await startPrivateEngine({ name: 'local', addressPool: 'base=10.32.0.0/12,size=24' });
    folder = mkdtempSync(join(tmpdir(), 'fairlead-pair-'));
    const options = { engines: [engine], ...(await placeIn(folder)) };
    const pair = await Promise.all([startServiceProcess(options), startServiceProcess(options)]);
    for (const service of pair) await service.untilConnected();
    await eventually(async () => {
      const holding = await Promise.all(pair.map(holds));
      expect([...holding].sort()).toEqual([false, true]);
      [holder, other] = holding[0] ? pair : [pair[1], pair[0]];
    });
  });
  beforeEach(async () => {
    begin = undefined;
    const log = await history(other);
    begin = log.at(-1)?.cursor;
  });
  afterEach(() => {
    for (const follower of followers.splice(0)) follower.stop();
  });
  afterAll(async () => {
    for (const service of [holder, other]) await service.stop();
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('make one log: each change is told once, and both serve the same history and streams', async () => {
    const streams = await Promise.all([follow(holder), follow(other)]);
    const names = (await Promise.all([
      createNetworks('client', 8, byClient),
      createNetworks('holder', 6, byService(holder)),
      createNetworks('other', 6, byService(other)),
    ])).flat();
    await expectTold(names, [holder, other]);
    const log = await history(holder);
    for (const stream of streams) await eventually(() => expect(stream.seen).toEqual(log));
    expect(log.map(({ type }) => type)).not.toContain('engine.gap');
    const [last] = log.slice(-1);
    // A cursor that one has just given is good with the other at once.
    expect(await other.get(`/v1/events?after=${last?.cursor}`)).toMatchObject({ status: 200, body: { items: [] } });
  });

  it('know of each event which request led to it, whichever of them was asked', async () => {
    for (const [name, service] of [['asked-holder', holder], ['asked-other', other]] as const) {
      const headers = { 'x-request-id': `request-${name}` };
      expect(await service.send('POST', '/v1/networks', { name }, headers)).toMatchObject({ status: 201 });
    }
    await byClient('asked-nobody');
    await expectTold(['asked-holder', 'asked-other', 'asked-nobody'], [holder, other]);
    const causes = (await history(other)).map((event) => [event.subject.name, (event as { cause?: unknown }).cause]);
    expect(Object.fromEntries(causes)).toEqual({
      'asked-holder': { requestId: 'request-asked-holder', keyName: 'Administrator' },
      'asked-other': { requestId: 'request-asked-other', keyName: 'Administrator' },
      'asked-nobody': null,
    });
  });

  it('lose nothing when the one that tells is killed in the middle: the other takes over at once', async () => {
    const stream = await follow(other);
    const early = await createNetworks('early', 5, byClient);
    const changing = createNetworks('during', 10, byClient);
    await holder.kill('SIGKILL');
    const killed = performance.now();
    await eventually(async () => expect(await holds(other)).toBe(true), { timeoutMs: LEASE_MS });
    expect(performance.now() - killed).toBeLessThan(LEASE_MS / 2);
    const names = [...early, ...(await changing), ...(await createNetworks('late', 3, byClient))];
    await expectTold(names, [other]);
    await eventually(async () => expect(stream.seen).toEqual(await history(other)));
    // The engine remembers what happened meanwhile, so there is no gap.
    expect(stream.seen.map(({ type }) => type)).not.toContain('engine.gap');
    await holder.start();
    await holder.untilConnected();
    await expectTold(names, [other, holder]);
    expect(await Promise.all([holder, other].map(holds))).toEqual([false, true]);
    [holder, other] = [other, holder];
  });

  it('lose nothing when the one that tells hangs, which later writes nothing late and goes on as a reader', async () => {
    const streams = await Promise.all([follow(holder), follow(other)]);
    const before = await createNetworks('awake', 3, byClient);
    await eventually(() => expect(streams[0].seen).toHaveLength(3));
    holder.freeze();
    const frozen = performance.now();
    const during = await createNetworks('asleep', 8, byClient);
    await eventually(async () => expect(await holds(other)).toBe(true), { timeoutMs: 3 * LEASE_MS });
    expect(performance.now() - frozen).toBeLessThan(2 * LEASE_MS);
    await expectTold([...before, ...during], [other]);
    holder.thaw();
    const after = await createNetworks('thawed', 3, byClient);
    await expectTold([...before, ...during, ...after], [other, holder]);
    await eventually(async () => expect(await Promise.all([holder, other].map(holds))).toEqual([false, true]));
    const log = await history(other);
    for (const stream of streams) await eventually(() => expect(stream.seen).toEqual(log));
    expect(log.map(({ type }) => type)).not.toContain('engine.gap');
  });
});
