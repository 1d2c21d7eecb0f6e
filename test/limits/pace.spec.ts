import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Pace } from '../../src/limits/pace.js';
import { RateLimits } from '../../src/limits/rate-limits.js';
import { eventually } from '../support/eventually.js';
import { startApp, type StartedApp } from '../support/start-app.js';

/** Timers may be a moment early. */
const EARLY_MS = 2;

/** Whether it was not waited for. */
async function isAtOnce(turn: Promise<boolean>): Promise<boolean> {
  let isOver = false;
  void turn.then(() => (isOver = true));
  await new Promise((resolve) => setImmediate(resolve));
  return isOver;
}

async function waitedMs(work: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work;
  return performance.now() - began;
}

describe('a pace', () => {
  it('lets nobody wait for what is asked for alone, nor for what others ask for', async () => {
    const pace = new Pace(1_000, 10, 3_600_000);
    expect(await isAtOnce(pace.take('a', 1_000, 0))).toBe(true);
    expect(await isAtOnce(pace.take('b', 1, 0))).toBe(true);
  });

  it('gives what is asked for together one after the other, each after the time of those before', async () => {
    const pace = new Pace(2, 10, 3_600_000);
    const began = performance.now();
    const endings = await Promise.all([10, 20, 1].map(async (units) => pace.take('a', units, 0).then(() => performance.now() - began)));
    [0, 20, 60].forEach((least, index) => expect(endings[index]).toBeGreaterThanOrEqual(least - EARLY_MS));
  });

  it('does not let a turn wait for what it had itself', async () => {
    const pace = new Pace(1_000, 10, 3_600_000);
    await pace.take('a', 40, 0);
    expect(await isAtOnce(pace.take('a', 2, 40))).toBe(true);
    expect(await isAtOnce(pace.take('a', 1, 0))).toBe(false);
  });

  it('lets nobody wait for too long', async () => {
    const pace = new Pace(1_000, 10, 60_000);
    await pace.take('a', 61, 0);
    expect(await pace.take('a', 10, 0)).toBe(false);
    // Of what was refused nothing is waited for.
    expect(await isAtOnce(pace.take('a', 1, 61))).toBe(true);
  });

  it('forgets the first of too many', async () => {
    const pace = new Pace(1_000, 2, 3_600_000);
    for (const subject of ['a', 'b', 'c']) await pace.take(subject, 60, 0);
    expect(await isAtOnce(pace.take('a', 1, 0))).toBe(true);
    expect(await isAtOnce(pace.take('c', 1, 0))).toBe(false);
  });
});

describe('what a key asks for together that is dear', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ rateLimits: { perKey: 6_000, perAddress: null } });
  });
  afterAll(() => service.close());

  const COUNT = 4;
  /** A turn is half a millisecond for each unit: 99 aliases, 100 KiB, or the square of 4,000 / 500. */
  const [aliased, long] = [`{ ${Array.from({ length: 99 }, (_, n) => `a${n}: __typename`).join(' ')} }`, `{ __typename } ${'#'.repeat(4_100)}`];
  const entered = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${service.key}` } }));
    await once(socket, 'message');
    return socket;
  };
  const overSocket = (query: string, variables = {}) => async (): Promise<unknown> => {
    for await (const { data } of service.socket().iterate({ query, variables })) return data;
    return undefined;
  };
  it.each<[string, number, () => PromiseLike<unknown>]>([
    ['aliases', 49, () => service.gql(aliased)],
    ['a long query', 32, () => service.gql(long)],
    ['a large body', 48, () => service.http.post('/v1/networks').send({ name: 'x'.repeat(100_000) })],
    ['a large message of a WebSocket', 48, overSocket('{ __typename }', { filler: 'x'.repeat(100_000) })],
    ['aliases, over a WebSocket', 49, overSocket(aliased)],
    ['a long query, over a WebSocket', 32, overSocket(long)],
  ])('comes with rests for others: %s', async (_what, turnMs, ask) => {
    const all = Promise.all(Array.from({ length: COUNT }, async () => ask()));
    expect(await waitedMs(all)).toBeGreaterThanOrEqual((COUNT - 1) * turnMs - EARLY_MS);
  });

  it.each([{ 'transfer-encoding': 'chunked' }, { 'content-length': 100_011 }])('comes with rests for others: bodies that lack their last byte for long, %j', async (length) => {
    const body = JSON.stringify({ name: 'x'.repeat(100_000) });
    const headers = { authorization: `Bearer ${service.key}`, 'content-type': 'application/json', ...length };
    const sent = Array.from({ length: COUNT }, () => request(`${service.url}/v1/networks`, { method: 'POST', headers, agent: false }));
    for (const each of sent) await new Promise((resolve) => each.write(body.slice(0, -1), resolve));
    // Whatever turn they had until now is over.
    await new Promise((resolve) => setTimeout(resolve, COUNT * 50));
    const answered = sent.map(async (each) => {
      each.end('}');
      const [response] = (await once(each, 'response')) as [IncomingMessage];
      expect(response.resume().statusCode).toBe(400);
    });
    expect(await waitedMs(Promise.all(answered))).toBeGreaterThanOrEqual((COUNT - 1) * 48 - EARLY_MS);
  });

  it('is not carried out for a client that has gone before its turn', async () => {
    const held = Array.from({ length: 12 }, () => service.http.post('/v1/networks').send({ name: 'x'.repeat(100_000) }).then());
    const body = JSON.stringify({ name: 'gone', scopes: ['networks:read'] }) + ' '.repeat(2_000);
    const gone = request(`${service.url}/v1/api-keys`, { method: 'POST', headers: { authorization: `Bearer ${service.key}`, 'content-type': 'application/json', 'content-length': body.length } });
    gone.on('error', () => undefined);
    await new Promise<void>((resolve) => gone.end(body, resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    gone.destroy();
    await Promise.all(held);
    await service.gql(long);
    expect((await service.http.get('/v1/api-keys').expect(200)).text).not.toContain('gone');
  });

  it('is heard in the order in which it was said', async () => {
    const socket = await entered();
    const answered: string[] = [];
    socket.on('message', (data: Buffer) => {
      const { id, type } = JSON.parse(data.toString()) as { id: string; type: string };
      if (type === 'next') answered.push(id);
    });
    const said = [100_000, 100_000, 0].map((length, n) => JSON.stringify({ id: `${n}`, type: 'subscribe', payload: { query: '{ __typename }', variables: { filler: 'x'.repeat(length) } } }));
    for (const message of said) socket.send(message);
    await eventually(() => expect(answered).toEqual(['0', '1', '2']));
    socket.close();
  });

  it('is, of what is asked for alone over a WebSocket, no reason to wait', async () => {
    const take = vi.spyOn(service.app.get(RateLimits).pace as Pace, 'take');
    await overSocket(aliased, { filler: 'x'.repeat(100_000) })();
    const waits = take.mock.calls.map(([, units, had]) => [units, had]);
    take.mockRestore();
    // The message, its text, its aliases: each knows what was had before.
    const [[message = 0] = [], [words = 0] = []] = waits;
    expect(waits).toEqual([[message, 0], [words, message], [99, message + words]]);
  });

  it('is not carried out for a WebSocket that has gone meanwhile', async () => {
    const socket = await entered();
    const ask = (id: string, query: string): void => socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
    for (const id of ['1', '2', '3', '4']) ask(id, long);
    ask('5', `mutation { createApiKey(input: { name: "late", scopes: ["networks:read"] }) { key } } ${'#'.repeat(4_100)}`);
    await once(socket, 'message');
    socket.terminate();
    // By then all of those have had their turn.
    for (let n = 0; n < 8; n += 1) await service.gql(long);
    expect((await service.http.get('/v1/api-keys').expect(200)).text).not.toContain('late');
  });
});
