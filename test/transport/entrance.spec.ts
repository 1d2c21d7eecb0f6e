import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startApp, type StartedApp } from '../support/start-app.js';
import { DummyModule } from '../shell/dummy.module.js';
import { rawRequest, type RawAnswer, type RawOptions } from './raw-request.js';

const CONSOLE = 'https://console.example.com';
/** As far as the service sees, a machine of its own. */
const PROXY = '127.0.0.2';
const FAR_PROXY = '10.9.0.7';

describe('the entrance', () => {
  let service: StartedApp;
  /** Good only from documentation addresses, so that it shows whose address the service goes by. */
  let narrowKey: string;
  beforeAll(async () => {
    service = await startApp({
      extra: [DummyModule],
      transport: {
        tls: null,
        allowedHosts: ['api.example.com', '*.lab.example'],
        corsOrigins: [CONSOLE],
        trustedProxies: [PROXY, '10.9.0.0/16', 'fd00::/8'],
      },
    });
    const input = { name: 'narrow', scopes: ['networks:read'], clientRanges: ['203.0.113.0/24', '2001:db8::/32'] };
    const made = await service.http.post('/v1/api-keys').send(input);
    expect(made.status).toBe(201);
    narrowKey = made.body.key as string;
  });
  afterAll(() => service.close());

  const bearer = (key = service.key): string => `Authorization: Bearer ${key}`;
  const ask = (lines: readonly string[], options?: RawOptions, target = '/v1/networks'): Promise<RawAnswer> =>
    rawRequest(service.url, target, lines, options);

  describe('by name', () => {
    it.each([
      ['127.0.0.1'], ['127.0.0.1:4700'], ['192.0.2.7'], ['[::1]'], ['[2001:db8::1]:4700'], ['[fe80::1%eth0]:80'],
      ['localhost'], ['LocalHost:1'], ['localhost.'], ['api.example.com'], ['API.example.com.:443'], ['a.lab.example'], ['a.b.lab.example'],
      [hostname()],
    ])('answers requests for %s', async (host) => {
      expect((await ask([`Host: ${host}`, bearer()])).status).toBe(200);
    });

    it.each([
      ['evil.example'], ['localhost.evil.example'], ['api.example.com.evil.example'], ['xapi.example.com'], ['lab.example'], ['evillab.example'],
      ['127.0.0.1.evil.example'], ['127.0.0.1@evil.example'], ['user@localhost'], ['localhost, evil.example'], ['localhost:80:80'], ['[::1'],
      ['[::1]evil'], ['2130706433'], ['0x7f.1'], [''], ['*.lab.example/'],
    ])('refuses requests for "%s", key or not, on either face', async (host) => {
      for (const target of ['/v1/networks', '/health/live', '/graphql', '/openapi.json', '/nowhere']) {
        const { status, body } = await ask([`Host: ${host}`, bearer(), 'Accept: text/html, application/json'], {}, target);
        expect({ target, status }).toEqual({ target, status: 421 });
        expect(body).toContain('HOST_NOT_ALLOWED');
      }
      expect((await ask([`Host: ${host}`])).status).toBe(421);
    });

    it('says in problem details what to do', async () => {
      const { body, head } = await ask(['Host: evil.example']);
      expect(JSON.parse(body)).toMatchObject({ status: 421, code: 'HOST_NOT_ALLOWED', detail: expect.stringContaining('FAIRLEAD_ALLOWED_HOSTS') });
      expect(head).toContain('content-type: application/problem+json');
      expect(head).toContain('x-content-type-options: nosniff');
    });

    it('goes by the target where that names a host, and by both', async () => {
      expect((await ask(['Host: localhost', bearer()], {}, 'http://evil.example/v1/networks')).status).toBe(421);
      expect((await ask(['Host: evil.example', bearer()], {}, 'http://localhost/v1/networks')).status).toBe(421);
      expect((await ask(['Host: localhost', bearer()], {}, 'http://localhost/v1/networks')).status).toBe(200);
    });

    it('refuses two hosts in one request', async () => {
      const { status, body } = await ask(['Host: localhost', 'hOST: localhost', bearer()]);
      expect(status).toBe(400);
      expect(JSON.parse(body)).toMatchObject({ code: 'MALFORMED_REQUEST', detail: 'The request has more than one Host header.' });
    });

    it('answers HTTP/1.0 without a host, which no browser speaks', async () => {
      expect((await ask([], { version: '1.0' }, '/health/live')).status).toBe(200);
      expect((await ask(['Host: evil.example'], { version: '1.0' }, '/health/live')).status).toBe(421);
    });
  });

  describe('through proxies', () => {
    const given = async (lines: readonly string[], from?: string): Promise<number> =>
      (await ask(['Host: localhost', bearer(narrowKey), ...lines], { from })).status;

    it('believes nobody else about where a request comes from', async () => {
      expect(await given([])).toBe(403);
      expect(await given(['X-Forwarded-For: 203.0.113.5'])).toBe(403);
      expect(await given(['X-Forwarded-For: 203.0.113.5, 10.9.0.7'])).toBe(403);
      expect(await given(['X-Forwarded-For: 203.0.113.5'], '127.0.0.3')).toBe(403);
      expect(await given(['Forwarded: for=203.0.113.5', 'X-Real-IP: 203.0.113.5'], PROXY)).toBe(403);
    });

    it('goes by the address that the last proxy not trusted came from', async () => {
      expect(await given(['X-Forwarded-For: 203.0.113.5'], PROXY)).toBe(200);
      expect(await given(['X-Forwarded-For: 2001:db8::5'], PROXY)).toBe(200);
      expect(await given([`X-Forwarded-For: 203.0.113.5, ${FAR_PROXY}`], PROXY)).toBe(200);
      expect(await given([`X-Forwarded-For: 203.0.113.5, fd12::1, ${FAR_PROXY}`], PROXY)).toBe(200);
      expect(await given(['X-Forwarded-For: 203.0.113.5', `X-Forwarded-For: ${FAR_PROXY}`], PROXY)).toBe(200);
    });

    it('does not go by what the client itself put before', async () => {
      expect(await given(['X-Forwarded-For: 203.0.113.5, 198.51.100.9'], PROXY)).toBe(403);
      expect(await given([`X-Forwarded-For: 203.0.113.5, 198.51.100.9, ${FAR_PROXY}`], PROXY)).toBe(403);
    });

    it.each(['unknown', '203.0.113.5:4711', '203.0.113.5; rm', '_hidden', '::ffff:1.2.3.4.5'])(
      'refuses "%s" for an address, rather than take it for one',
      async (value) => {
        const { status, body } = await ask(['Host: localhost', bearer(narrowKey), `X-Forwarded-For: ${value}`], { from: PROXY });
        expect(status).toBe(400);
        expect(JSON.parse(body).detail).toContain('X-Forwarded-For');
        expect(await given([`X-Forwarded-For: ${value}`])).toBe(403);
      },
    );

    it('logs the address that it goes by', async () => {
      await ask(['Host: localhost', bearer(), 'X-Forwarded-For: 198.51.100.77', 'X-Request-Id: through-proxy'], { from: PROXY });
      const line = service.logged().split('\n').find((each) => each.includes('through-proxy') && each.includes('"address"'));
      expect(JSON.parse(line ?? '{}')).toMatchObject({ address: '198.51.100.77', requestId: 'through-proxy' });
    });

    it('wants the name that a trusted proxy was called by to be allowed, beside the one that it calls', async () => {
      const status = async (lines: readonly string[], from = PROXY): Promise<number> => (await ask([...lines, bearer()], { from })).status;
      expect(await status(['Host: localhost', 'X-Forwarded-Host: api.example.com'])).toBe(200);
      expect(await status(['Host: localhost', 'X-Forwarded-Host: evil.example'])).toBe(421);
      expect(await status(['Host: evil.example', 'X-Forwarded-Host: api.example.com'])).toBe(421);
      // From anybody else it is a header like any other.
      expect(await status(['Host: localhost', 'X-Forwarded-Host: evil.example'], '127.0.0.1')).toBe(200);
      expect(await status(['Host: evil.example', 'X-Forwarded-Host: localhost'], '127.0.0.1')).toBe(421);
    });

    it('tells browsers to come over HTTPS only, where a trusted proxy was asked over it', async () => {
      const strict = async (lines: readonly string[], from = PROXY): Promise<boolean> =>
        (await ask(lines, { from }, '/health/live')).head.includes('strict-transport-security: max-age=31536000');
      expect(await strict(['Host: api.example.com', 'X-Forwarded-Proto: https'])).toBe(true);
      expect(await strict(['Host: api.example.com', 'X-Forwarded-Proto: http'])).toBe(false);
      expect(await strict(['Host: api.example.com'])).toBe(false);
      expect(await strict(['Host: localhost', 'X-Forwarded-Proto: https'])).toBe(false);
      expect(await strict(['Host: api.example.com', 'X-Forwarded-Proto: https'], '127.0.0.1')).toBe(false);
    });
  });

  describe('of WebSockets', () => {
    /** 101 where it opens, else the status that it is refused with. */
    function open(headers: Record<string, string>, localAddress = '127.0.0.1'): Promise<number> {
      const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers, localAddress });
      return new Promise((resolve) => {
        socket.on('open', () => {
          socket.terminate();
          resolve(101);
        });
        socket.on('unexpected-response', (_request, response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        socket.on('error', () => undefined);
      });
    }

    it('opens them for its own pages, those of allowed origins, and programs, which name none', async () => {
      const here = new URL(service.url).host;
      expect(await open({})).toBe(101);
      expect(await open({ origin: service.url })).toBe(101);
      expect(await open({ origin: CONSOLE })).toBe(101);
      expect(await open({ host: 'api.example.com', origin: 'http://api.example.com' })).toBe(101);
      expect(await open({ host: 'api.example.com:443', origin: 'https://api.example.com' })).toBe(101);
      expect(await open({ host: here, origin: `https://${here}` })).toBe(101);
    });

    it.each([
      'http://evil.example', 'null', '', 'http://127.0.0.1', 'http://localhost', `${CONSOLE}:8443`, 'http://console.example.com', `${CONSOLE}.evil.example`,
      'file://', 'x',
    ])('refuses those of pages of "%s"', async (origin) => {
      expect(await open({ origin })).toBe(403);
    });

    it('refuses a foreign host', async () => {
      expect(await open({ host: 'evil.example', origin: 'http://evil.example' })).toBe(421);
      expect(await open({ host: 'evil.example' })).toBe(421);
    });

    it('compares with what the proxy was called by, and over what', async () => {
      const through = { 'x-forwarded-host': 'api.example.com', 'x-forwarded-proto': 'https' };
      expect(await open({ ...through, origin: 'https://api.example.com' }, PROXY)).toBe(101);
      // A page that was not encrypted may be anybody's.
      expect(await open({ ...through, origin: 'http://api.example.com' }, PROXY)).toBe(403);
      expect(await open({ ...through, origin: 'https://api.example.com' })).toBe(403);
    });

    it('goes by the same address', async () => {
      const admitted = (headers: Record<string, string>, localAddress: string): Promise<number | string> => {
        const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers, localAddress });
        socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${narrowKey}` } })));
        return new Promise((resolve) => {
          socket.on('message', (data: Buffer) => {
            resolve((JSON.parse(data.toString()) as { type: string }).type);
            socket.terminate();
          });
          socket.on('close', (code) => resolve(code));
        });
      };
      const headers = { 'x-forwarded-for': `203.0.113.5, ${FAR_PROXY}` };
      expect(await admitted(headers, PROXY)).toBe('connection_ack');
      expect(await admitted(headers, '127.0.0.1')).toBe(4403);
      expect(await admitted({}, PROXY)).toBe(4403);
    });
  });

  describe('from pages elsewhere', () => {
    const preflight = { 'Access-Control-Request-Method': 'DELETE', 'Access-Control-Request-Headers': 'authorization,if-match' };

    it('answers those of allowed origins, and shows them the headers that clients need', async () => {
      const asked = await service.stranger.options('/v1/networks').set({ Origin: CONSOLE, ...preflight });
      expect(asked.status).toBe(204);
      expect(asked.headers).toMatchObject({ 'access-control-allow-origin': CONSOLE, 'access-control-max-age': '600' });
      expect(asked.headers['access-control-allow-methods']).toContain('DELETE');
      expect(asked.headers['access-control-allow-headers']).toContain('If-Match');
      const { status, headers } = await service.http.get('/v1/things/t1').set('Origin', CONSOLE);
      expect({ status, origin: headers['access-control-allow-origin'] }).toEqual({ status: 200, origin: CONSOLE });
      expect(headers.vary).toMatch(/origin/i);
      for (const name of ['ETag', 'Link', 'Location', 'Retry-After', 'X-Request-Id', 'Idempotent-Replayed']) {
        expect(headers['access-control-expose-headers']).toContain(name);
      }
    });

    it('shows them errors, and streams, too', async () => {
      const wrong = await service.stranger.get('/v1/networks').set('Origin', CONSOLE);
      expect({ status: wrong.status, origin: wrong.headers['access-control-allow-origin'] }).toEqual({ status: 401, origin: CONSOLE });
      const leaving = new AbortController();
      const stream = await fetch(`${service.url}/v1/events`, {
        headers: { accept: 'text/event-stream', authorization: `Bearer ${service.key}`, origin: CONSOLE },
        signal: leaving.signal,
      });
      expect(stream.headers.get('access-control-allow-origin')).toBe(CONSOLE);
      expect(stream.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(stream.headers.get('x-request-id')).toMatch(/./);
      leaving.abort();
    });

    it.each(['https://evil.example', `${CONSOLE}.evil.example`, 'null'])('lets browsers keep out those of %s', async (origin) => {
      const asked = await service.stranger.options('/v1/networks').set({ Origin: origin, ...preflight });
      expect(asked.headers['access-control-allow-origin']).toBeUndefined();
      const { headers } = await service.http.get('/v1/networks').set('Origin', origin);
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers['access-control-allow-credentials']).toBeUndefined();
    });
  });
});

describe('the entrance, without more said', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ extra: [DummyModule] });
  });
  afterAll(() => service.close());

  it('lets no page elsewhere ask', async () => {
    for (const path of ['/v1/things', '/graphql', '/health/live']) {
      const asked = await service.stranger.options(path).set({ Origin: CONSOLE, 'Access-Control-Request-Method': 'GET' });
      expect(asked.headers).not.toHaveProperty('access-control-allow-origin');
      const { headers } = await service.http.get(path).set('Origin', CONSOLE);
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('believes no proxy', async () => {
    const { status } = await rawRequest(service.url, '/health/live', ['Host: localhost', 'X-Forwarded-Host: evil.example', 'X-Forwarded-For: unknown']);
    expect(status).toBe(200);
  });

  it('takes no body that a form of a page elsewhere could send', async () => {
    const key = { authorization: `Bearer ${service.key}` };
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      for (const path of ['/graphql', '/v1/things']) {
        const body = type.includes('x-www') ? 'query=%7B__typename%7D' : '{"query":"{ __typename }"}';
        const answer = await fetch(`${service.url}${path}`, { method: 'POST', headers: { ...key, 'content-type': type }, body });
        expect({ path, type, status: answer.status }).toEqual({ path, type, status: 400 });
        expect(await answer.text()).toContain('MALFORMED_REQUEST');
      }
    }
  });

  it('answers no GraphQL query that a link or an image of a page elsewhere could send', async () => {
    const query = '/graphql?query=%7B__typename%7D';
    const plain = await service.http.get(query);
    expect({ status: plain.status, code: plain.body.errors[0].extensions.code }).toEqual({ status: 400, code: 'MALFORMED_REQUEST' });
    const meant = await service.http.get(query).set('Apollo-Require-Preflight', 'yes');
    expect({ status: meant.status, body: meant.body }).toEqual({ status: 200, body: { data: { __typename: 'Query' } } });
  });

  it('puts the headers that keep browsers safe on every answer, and a cookie on none', async () => {
    const answers = [
      await service.stranger.get('/health/live'),
      await service.stranger.get('/v1/things'),
      await service.http.get('/v1/things'),
      await service.http.get('/v1/nowhere'),
      await service.http.delete('/v1/things'),
      await service.http.get('/metrics'),
      await service.http.get('/v1/things/%zz'),
      await service.http.post('/graphql').send({ query: '{ __typename }' }),
      await service.stranger.post('/graphql').send({ query: '{ __typename }' }),
      await service.stranger.get('/graphql').set('Accept', 'text/html'),
      await service.stranger.get('/docs'),
      await service.stranger.get('/docs/swagger-ui.css'),
      await service.stranger.get('/openapi.json'),
      await service.http.get('/v1/things/t1'),
      await service.http.get('/v1/things/t1').set('If-None-Match', '*'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 404, 405, 200, 400, 200, 401, 200, 200, 200, 200, 200, 304]);
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
        'cache-control': expect.stringMatching(/^(no-store|no-cache|private, no-cache|public, max-age=0)$/),
      });
      expect(headers).not.toHaveProperty('set-cookie');
      expect(headers).not.toHaveProperty('strict-transport-security');
      expect(headers).not.toHaveProperty('x-powered-by');
    }
  });

  it('lets nobody keep data, but what bears an entity tag by who asked for it, to be compared before use', async () => {
    const cached = async (path: string): Promise<string | undefined> => (await service.http.get(path)).headers['cache-control'];
    expect(await cached('/v1/things')).toBe('no-store');
    expect(await cached('/v1/things/t1')).toBe('private, no-cache');
    expect(await cached('/v1/things/none')).toBe('no-store');
    expect((await service.http.post('/graphql').send({ query: '{ __typename }' })).headers['cache-control']).toBe('no-store');
  });
});
