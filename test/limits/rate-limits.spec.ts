import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { addressGroup } from '../../src/limits/address-group.js';
import { RateLimits } from '../../src/limits/rate-limits.js';
import { MinuteCounts } from '../../src/limits/minute-counts.js';
import { Attacker } from '../hostile/attacker.js';
import { startApp, type StartedApp } from '../support/start-app.js';

const PAGE = 'https://page.example';
const NOON = Date.UTC(2026, 10, 29, 12, 0, 15);

// The clock stands still, but for what a test lets pass: or a minute could end between two requests.
beforeAll(() => vi.useFakeTimers({ toFake: ['Date'], now: NOON }));
afterAll(() => vi.useRealTimers());

describe('requests with a key', () => {
  let service: StartedApp;
  let minutes = 0;
  beforeAll(async () => {
    service = await startApp({ rateLimits: { perKey: 5, perAddress: null } });
  });
  // Each has a minute of its own.
  beforeEach(() => {
    minutes += 2;
    vi.setSystemTime(NOON + minutes * 60_000);
  });
  afterAll(() => service.close());

  const spend = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) await service.http.get('/v1/networks').expect(200);
  };

  it('are told how many are left, and refused when none is, until the minute is over', async () => {
    const first = await service.http.get('/v1/networks').expect(200);
    expect(first.headers['ratelimit-policy']).toBe('"key";q=5;w=60');
    expect(first.headers.ratelimit).toBe('"key";r=4;t=45');
    await spend(4);
    const refused = await service.http.get('/v1/networks');
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({ 'retry-after': '45', ratelimit: '"key";r=0;t=45', 'content-type': 'application/problem+json' });
    expect(refused.body).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryAfterSeconds: 45 });
    vi.setSystemTime(Date.now() + 45_000);
    await spend(1);
  });

  it('of one do not count for another', async () => {
    const { body } = await service.http.post('/v1/api-keys').send({ name: 'another', scopes: ['networks:read'] }).expect(201);
    await spend(4);
    await service.http.get('/v1/networks').expect(429);
    await service.stranger.get('/v1/networks').set('Authorization', `Bearer ${(body as { key: string }).key}`).expect(200);
  });

  it('are refused in GraphQL’s shape over GraphQL', async () => {
    await spend(5);
    const { status, errors } = await service.gql('{ __typename }');
    expect(status).toBe(429);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryAfterSeconds: 45 });
  });

  it('are refused over a WebSocket, which stays open', async () => {
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    const next = async (): Promise<unknown> => JSON.parse(String((await once(socket, 'message'))[0]));
    const ask = (id: string, message: object): void => socket.send(JSON.stringify({ id, ...message }));
    const acknowledged = next();
    ask('0', { type: 'connection_init', payload: { Authorization: `Bearer ${service.key}` } });
    expect(await acknowledged).toMatchObject({ type: 'connection_ack' });
    await spend(5);
    const refused = next();
    ask('1', { type: 'subscribe', payload: { query: '{ __typename }' } });
    expect(await refused).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'RATE_LIMITED', status: 429, retryAfterSeconds: 45 } }] });
    vi.setSystemTime(Date.now() + 45_000);
    const answered = next();
    ask('2', { type: 'subscribe', payload: { query: '{ __typename }' } });
    expect(await answered).toMatchObject({ type: 'next', payload: { data: { __typename: 'Query' } } });
    socket.close();
  });

  it('that were let in while others spent everything are refused before they are carried out', async () => {
    const { body: of } = await service.http.post('/v1/api-keys').send({ name: 'early', scopes: ['networks:read'] }).expect(201);
    const { key } = of as { key: string };
    const dear = '{ networks(first: 500) { nodes { attachments { container { attachments { network { id name } } } } } } }';
    const sent = (query: string) => {
      const body = JSON.stringify({ query });
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': body.length };
      const early = request(`${service.url}/graphql`, { method: 'POST', headers, agent: false });
      early.flushHeaders();
      return { early, body };
    };
    const all = [sent(dear), sent(`{ networks { totalCount } } ${'#'.repeat(900)}`)];
    const counts = service.app.get(RateLimits).keys;
    await vi.waitFor(() => expect([...(counts?.notable(0.4) ?? [])].map(([, count]) => count)).toContain(2));
    for (let n = 0; n < 4; n += 1) await service.stranger.get('/v1/networks').set('Authorization', `Bearer ${key}`);
    for (const { early, body } of all) {
      early.end(body);
      const [answer] = (await once(early, 'response')) as [NodeJS.ReadableStream & { statusCode: number; headers: object }];
      let text = '';
      for await (const chunk of answer) text += String(chunk);
      expect(answer.statusCode).toBe(429);
      expect(answer.headers).toMatchObject({ 'retry-after': '45' });
      expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED', status: 429, retryAfterSeconds: 45 } }] });
    }
  });

  it('that are spent keep no connection', async () => {
    await spend(5);
    const asked = `GET /v1/networks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${service.key}\r\n\r\n`;
    expect(await new Attacker(service.url).exchange(asked, 5_000)).toMatchObject({ statuses: [429], isClosed: true });
  });

  it('over a WebSocket count more for a large message', async () => {
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    const next = async (): Promise<unknown> => JSON.parse(String((await once(socket, 'message'))[0]));
    socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${service.key}` } }));
    expect(await next()).toMatchObject({ type: 'connection_ack' });
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ __typename }', variables: { filler: 'x'.repeat(8_000) } } }));
    expect(await next()).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'RATE_LIMITED' } }] });
    // With nothing left, what is small is heard, and what is large is not.
    socket.send(JSON.stringify({ type: 'ping', payload: { filler: 'x'.repeat(500) } }));
    expect(await next()).toEqual({ type: 'pong' });
    const closed = once(socket, 'close');
    socket.send(JSON.stringify({ type: 'ping', payload: { filler: 'x'.repeat(8_200) } }));
    expect((await closed)[0]).toBe(4429);
  });

  it.each([
    ['many changes', () => service.gql(`mutation { ${Array.from({ length: 6 }, (_, n) => `a${n}: removeNetwork(ref: "none-${n}") { changed }`).join(' ')} }`)],
    ['many aliases', () => service.gql(`{ ${Array.from({ length: 5 }, (_, n) => `a${n}: __typename`).join(' ')} }`)],
    ['a long query', () => service.gql(`{ networks { totalCount } } ${'#'.repeat(3_000)}`)],
    ['a large answer', () => service.gql('{ networks(first: 500) { nodes { attachments { container { attachments { network { id name } } } } } } }')],
    ['a large body', () => service.http.post('/v1/networks').send({ name: 'x'.repeat(50_000) })],
    ['a large body whose length is not told', () => postUntold(service, JSON.stringify({ name: 'x'.repeat(50_000) }))],
  ])('count more for %s', async (_what, ask) => {
    await ask();
    await service.http.get('/v1/networks').expect(429);
  });
});

async function postUntold({ url, key }: StartedApp, body: string): Promise<void> {
  const sent = request(`${url}/v1/networks`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'transfer-encoding': 'chunked' } });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  expect(response.resume().statusCode).toBe(429);
}

describe('requests without a valid key', () => {
  let service: StartedApp;
  beforeEach(async () => {
    service = await startApp({ rateLimits: { perKey: null, perAddress: 6 }, transport: { tls: null, allowedHosts: [], corsOrigins: [PAGE], trustedProxies: [] } });
  });
  afterEach(() => service.close());

  const guess = async (count: number, status: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      await service.stranger.get('/v1/networks').set('Authorization', `Bearer guess-${n}-of-a-key`).expect(status);
    }
  };

  it('are refused when there were too many, before the key is looked at; those who were let in before go on', async () => {
    await service.http.get('/v1/networks').expect(200);
    const other = (await service.http.post('/v1/api-keys').send({ name: 'other', scopes: ['networks:read'] }).expect(201)).body as { key: string };
    await guess(6, 401);
    await guess(1, 429);
    // A right one is not told from a wrong one.
    const refused = await service.stranger.get('/v1/networks').set('Authorization', `Bearer ${other.key}`);
    expect(refused.body).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) });
    expect(refused.headers['retry-after']).toBe(String(refused.body.retryAfterSeconds));
    await service.http.get('/v1/networks').expect(200);
    vi.setSystemTime(Date.now() + 60_000);
    await service.stranger.get('/v1/networks').set('Authorization', `Bearer ${other.key}`).expect(200);
  });

  it('count on public pages, too, but health is always told', async () => {
    for (let n = 0; n < 20; n += 1) await service.stranger.get('/health/live').expect(200);
    for (let n = 0; n < 6; n += 1) await service.stranger.get('/openapi.json').expect(200);
    await service.stranger.get('/openapi.json').expect(429);
    await service.stranger.get('/health/ready').expect(200);
    await service.stranger.get('/health/none').expect(429);
  });

  it('do not count where browsers ask for parts of pages, or whether they may ask', async () => {
    const page = await service.stranger.get('/graphql').set('Accept', 'text/html').expect(200);
    const asset = /\/graphql\/assets\/[^"]+\.css/.exec(page.text)?.[0] ?? '';
    for (let n = 0; n < 10; n += 1) await service.stranger.get(asset).expect(200);
    const preflight = { Origin: PAGE, 'Access-Control-Request-Method': 'GET' };
    for (let n = 0; n < 10; n += 1) await service.stranger.options('/v1/networks').set(preflight).expect(204);
    await guess(1, 401);
  });

  it('count where a WebSocket is refused before anything is shown', async () => {
    for (const headers of [{ host: 'elsewhere.example' }, { origin: 'https://elsewhere.example' }]) {
      for (let n = 0; n < 3; n += 1) {
        const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
        await once(socket, 'error');
      }
    }
    await guess(1, 429);
  });

  it('are refused with a key that was good and is so no more', async () => {
    const { body } = await service.http.post('/v1/api-keys').send({ name: 'former', scopes: ['networks:read'] }).expect(201);
    const { key, id } = body as { key: string; id: string };
    const former = (status: number, shown = `Bearer ${key}`) => service.stranger.get('/v1/networks').set('Authorization', shown).expect(status);
    await former(200);
    await former(200, `bearer   ${key}`);
    await service.http.delete(`/v1/api-keys/${id}`).expect(204);
    await former(401);
    await guess(5, 401);
    await former(429);
    await service.http.get('/v1/networks').expect(200);
  });

  it('count over WebSockets, too', async () => {
    const knock = async (): Promise<number> => {
      const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: 'Bearer a-wrong-key-as-well' } }));
      return ((await once(socket, 'close')) as [number])[0];
    };
    for (let n = 0; n < 6; n += 1) expect(await knock()).toBe(4401);
    await vi.waitFor(async () => expect(await knock()).toBe(4429));
  });
});

describe('what is counted', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
  ])('of %s counts for %s', (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });

  it('takes no more memory than for so many: the first are forgotten', () => {
    const counts = new MinuteCounts(10, 3);
    for (const address of ['a', 'b', 'c', 'c', 'd']) counts.spend(address, 1);
    expect(['a', 'b', 'c', 'd'].map((address) => counts.look(address).remaining)).toEqual([10, 9, 8, 9]);
  });

  it('is added to what others have counted in the same minute', () => {
    const counts = new MinuteCounts(10, 3);
    counts.spend('a', 4);
    counts.hear(counts.minute, new Map([['a', 6]]));
    expect(counts.look('a')).toMatchObject({ remaining: 0, isSpent: false });
    expect(counts.spend('a', 1).isSpent).toBe(true);
    counts.hear(counts.minute - 1, new Map([['a', 0]]));
    expect(counts.look('a').isSpent).toBe(true);
  });
});
