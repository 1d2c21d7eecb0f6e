import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Doorkeeper } from '../../src/auth/doorkeeper.js';
import { SubscriptionServer } from '../../src/graphql/subscription-server.js';
import { OpenLimits } from '../../src/limits/open-limits.js';
import { Strangers } from '../../src/limits/strangers.js';
import { Attacker } from '../hostile/attacker.js';
import { eventually } from '../support/eventually.js';
import { startApp, type StartedApp } from '../support/start-app.js';

describe('what may be open at once', () => {
  let service: StartedApp;
  const attackers: Attacker[] = [];
  beforeAll(async () => {
    service = await startApp();
    Object.assign(service.app.get(OpenLimits), { streamsPerKey: 3, socketsPerKey: 2, subscriptionsPerSocket: 2, strangers: 5 });
  });
  afterAll(async () => {
    for (const attacker of attackers) attacker.leave();
    await service.close();
  });

  const stream = async () => {
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${service.key}`, accept: 'text/event-stream' };
    const answer = await fetch(`${service.url}/v1/events`, { headers, signal: leaving.signal });
    return { answer, leave: () => leaving.abort() };
  };
  /** Answers the socket when it was let in, or the code that it was closed with. */
  const enter = async (): Promise<WebSocket | number> => {
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${service.key}` } }));
    const closed = once(socket, 'close').then(([code]) => code as number);
    return Promise.race([closed, once(socket, 'message').then(() => socket)]);
  };
  const entered = async (): Promise<WebSocket> => {
    const socket = await eventually(async () => {
      const answer = await enter();
      if (typeof answer === 'number') throw new Error(`closed with ${answer}`);
      return answer;
    });
    return socket;
  };

  it('are so many event streams and subscriptions with a key; each that ends makes room', async () => {
    const socket = await entered();
    const errors: unknown[] = [];
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type: string; id: string; payload: { extensions: object }[] };
      if (message.type === 'error') errors.push({ id: message.id, ...message.payload[0]?.extensions });
    });
    const subscribe = (id: string): void =>
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query: 'subscription { events { cursor } }' } }));
    for (const id of ['1', '2', '3']) subscribe(id);
    await eventually(() => expect(errors).toEqual([expect.objectContaining({ id: '3', code: 'RATE_LIMITED', status: 429 })]));
    const third = await stream();
    expect(third.answer.status).toBe(200);
    const fourth = await stream();
    expect(fourth.answer.status).toBe(429);
    expect(fourth.answer.headers.get('retry-after')).toBe('10');
    expect(await fourth.answer.json()).toMatchObject({ code: 'RATE_LIMITED' });
    socket.send(JSON.stringify({ id: '1', type: 'complete' }));
    const instead = await eventually(async () => {
      const one = await stream();
      expect(one.answer.status).toBe(200);
      return one;
    });
    third.leave();
    instead.leave();
    socket.close();
    // All three are free again.
    await eventually(async () => {
      const all = await Promise.all([stream(), stream(), stream()]);
      for (const { leave } of all) leave();
      expect(all.map(({ answer }) => answer.status)).toEqual([200, 200, 200]);
    });
  });

  it('are counted once where an id is used again before its operation has ended, which is refused', async () => {
    const socket = await entered();
    const answers: unknown[] = [];
    socket.on('message', (data: Buffer) => answers.push(JSON.parse(data.toString())));
    const subscribe = { id: 'same', type: 'subscribe', payload: { query: 'subscription { events { cursor } }' } };
    for (const message of [subscribe, { id: 'same', type: 'complete' }, subscribe]) socket.send(JSON.stringify(message));
    await eventually(() => expect(answers).toEqual([expect.objectContaining({ type: 'error', id: 'same', payload: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'MALFORMED_REQUEST' }) })] })]));
    socket.close();
    await eventually(async () => {
      const all = await Promise.all([stream(), stream(), stream()]);
      for (const { leave } of all) leave();
      expect(all.map(({ answer }) => answer.status)).toEqual([200, 200, 200]);
    });
  });

  it('are so many WebSockets with a key', async () => {
    const [one, other] = [await entered(), await entered()];
    expect(await enter()).toBe(4429);
    one.close();
    (await entered()).close();
    other.close();
  });

  it('are so many WebSockets, of which those that went while their key was looked at are none', async () => {
    const doorkeeper = service.app.get(Doorkeeper);
    const admit = doorkeeper.admit.bind(doorkeeper);
    for (let n = 0; n < 3; n += 1) {
      const { promise: isGone, resolve: gone } = Promise.withResolvers<void>();
      const look = vi.spyOn(doorkeeper, 'admit').mockImplementationOnce(async (...shown) => isGone.then(() => admit(...shown)));
      const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${service.key}` } }));
      await eventually(() => expect(look).toHaveBeenCalled());
      socket.terminate();
      await eventually(() => expect(service.app.get(SubscriptionServer).openSockets).toBe(0));
      gone();
      look.mockRestore();
    }
    for (const socket of [await entered(), await entered()]) socket.close();
  });

  it('are so many connections over which nobody has shown a key: the oldest gives way, and no other', async () => {
    const known = new Attacker(service.url, service.key);
    const stranger = new Attacker(service.url);
    attackers.push(known, stranger);
    const kept = await known.open(`GET /v1/networks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${service.key}\r\n\r\n`);
    await once(kept, 'data');
    for (let n = 0; n < 12; n += 1) await stranger.open('GET /v1/networks HTTP/1.1\r\nHost: ');
    await eventually(() => expect(stranger.openConnections).toBe(5));
    expect(service.app.get(Strangers).count).toBe(5);
    expect(known.openConnections).toBe(1);
    await service.stranger.get('/health/live').expect(200);
    // The request just now was a stranger's as well.
    await eventually(() => expect(stranger.openConnections).toBe(4));
  });

  it('are so many connections with a key, beyond which they are closed', async () => {
    const { body } = await service.http.post('/v1/api-keys').send({ name: 'many', scopes: ['networks:read'] }).expect(201);
    const { key } = body as { key: string };
    Object.assign(service.app.get(OpenLimits), { connectionsPerKey: 2 });
    const insider = new Attacker(service.url, key);
    attackers.push(insider);
    const asked = `GET /v1/networks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\n\r\n`;
    for (let n = 0; n < 2; n += 1) await once(await insider.open(asked), 'data');
    expect(await insider.exchange(asked, 5_000)).toMatchObject({ statuses: [429], isClosed: true });
    insider.leave();
    await eventually(async () => expect(await insider.exchange(asked)).toMatchObject({ statuses: [200] }));
  });
});

describe('where the schema is not to be asked for', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ introspection: false });
  });
  afterAll(() => service.close());

  const overSocket = (query: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      service.socket().subscribe({ query }, { next: resolve, error: resolve, complete: () => reject(new Error('nothing was answered')) });
    });

  it.each(['{ __schema { types { name } } }', '{ __type(name: "Network") { fields { name } } }'])('refuses %s over both transports', async (query) => {
    const { status, errors } = await service.gql(query);
    expect({ status, code: errors?.[0]?.extensions.code }).toEqual({ status: 400, code: 'VALIDATION_FAILED' });
    expect(await overSocket(query)).toMatchObject({ 0: { extensions: { code: 'VALIDATION_FAILED' } } });
  });

  it('suggests no names to who guesses', async () => {
    const query = '{ networx { totalCount } }';
    expect((await service.gql(query)).errors?.[0]?.message).toBe('Cannot query field "networx" on type "Query".');
    expect(await overSocket(query)).toMatchObject([{ message: 'Cannot query field "networx" on type "Query".' }]);
  });

  it('tells types by name still, which clients need', async () => {
    expect(await service.gql('{ __typename }')).toMatchObject({ status: 200, data: { __typename: 'Query' } });
  });
});

describe('what a GraphQL operation may ask for', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service.close());

  const codeOf = async (query: string): Promise<unknown> => (await service.gql(query)).errors?.[0]?.extensions.code;
  const aliases = (count: number): string => `{ ${Array.from({ length: count }, (_, n) => `a${n}: __typename`).join(' ')} }`;

  it('are so many aliases, those of fragments counted wherever they are spread', async () => {
    expect(await codeOf(aliases(100))).toBeUndefined();
    expect(await codeOf(aliases(101))).toBe('QUERY_TOO_COSTLY');
    const spread = `{ ${'...F '.repeat(51)} } fragment F on Query { a: __typename b: __typename }`;
    expect(await codeOf(spread)).toBe('QUERY_TOO_COSTLY');
  });

  it('is told what is wrong, up to some faults', async () => {
    const { errors } = await service.gql(`{ ${Array.from({ length: 200 }, (_, n) => `networx${n}`).join(' ')} }`);
    expect(errors?.map(({ message }) => message)).toEqual([
      ...Array.from({ length: 10 }, (_, n) => expect.stringContaining(`"networx${n}"`)),
      expect.stringContaining('Too many'),
    ]);
  });

  it('is the schema, but not many times over', async () => {
    const schema = '__schema { types { name fields { name args { name type { name } } } } }';
    expect(await codeOf(`{ ${schema} }`)).toBeUndefined();
    expect(await codeOf(`{ ${Array.from({ length: 60 }, (_, n) => `a${n}: ${schema}`).join(' ')} }`)).toBe('QUERY_TOO_COSTLY');
  });
});

describe('an input', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ engines: [{ name: 'away', endpoint: 'unix:///nonexistent/docker.sock' }] });
  });
  afterAll(() => service.close());

  const entries = (count: number): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']));

  it.each([
    ['a map of too many entries', { name: 'a', labels: entries(1_001) }, 'labels', 'must contain no more than 1000 elements'],
    ['too many fields', entries(1_001), '', 'must contain no more than 1000 elements'],
    ['too much in all', { name: 'a', ipam: { pools: Array.from({ length: 900 }, () => ({ auxiliaryAddresses: entries(12) })) } }, '', 'must hold no more than 10000 values'],
  ])('of %s is refused at once', async (_what, body, field, message) => {
    const { status, body: problem } = await service.http.post('/v1/networks').send(body);
    expect(status).toBe(400);
    expect(problem).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ field, message }] });
  });
});
