import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startApp, type StartedApp } from '../support/start-app.js';
import { DummyModule } from './dummy.module.js';

const QUERY = { query: '{ things { totalCount } }' };

describe('the door', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ extra: [DummyModule] });
  });
  afterAll(() => service.close());

  it.each([
    '/v1/things',
    '/v1/things/t1',
    '/metrics',
    '/',
    '/nowhere',
    '/v1/',
    '/health',
    '/docsx',
    '/graphql/assets/x',
  ])('answers 401 at %s without a key, whether there is anything or not', async (path) => {
    const { status, headers, body } = await service.stranger.get(path);
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    expect(headers['www-authenticate']).toBe('Bearer realm="fairlead"');
    expect(headers['content-type']).toBe('application/problem+json');
  });

  it.each(['Bearer wrong', 'Bearer ', 'Basic dTpw', 'test-key-of-32-characters-length', 'Bearer x y'])(
    'answers 401 to the authorization "%s" on both faces',
    async (authorization) => {
      const rest = await service.stranger.get('/v1/things').set('Authorization', authorization);
      expect(rest.status).toBe(401);
      expect(rest.headers['www-authenticate']).toContain('error="invalid_token"');
      const graphql = await service.stranger.post('/graphql').set('Authorization', authorization).send(QUERY);
      expect(graphql.status).toBe(401);
    },
  );

  it('takes the scheme in any case, and a key nowhere but in the header', async () => {
    const shouting = service.stranger.get('/v1/things').set('Authorization', `BEARER ${service.key}`);
    expect((await shouting).status).toBe(200);
    for (const name of ['api_key', 'access_token', 'key', 'token']) {
      expect((await service.stranger.get(`/v1/things?${name}=${service.key}`)).status).toBe(401);
    }
  });

  it('speaks to GraphQL callers in the shape of GraphQL', async () => {
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const answer = await service.stranger.post('/graphql').set('Accept', accept).send(QUERY).buffer();
      expect(answer.status).toBe(401);
      expect(answer.headers['content-type']).toContain(accept);
      expect(JSON.parse(answer.text)).toEqual({
        errors: [
          {
            message: 'Send an API key or a token, as the header Authorization: Bearer <key or token>.',
            extensions: {
              code: 'UNAUTHENTICATED',
              status: 401,
              title: 'A valid API key or token is needed',
              requestId: answer.headers['x-request-id'],
            },
          },
        ],
      });
    }
    expect((await service.stranger.get('/graphql?query={__typename}')).status).toBe(401);
  });

  it.each(['/health/live', '/health/ready', '/openapi.json', '/asyncapi.json', '/docs', '/docs/swagger-ui.css'])(
    'leaves %s open',
    async (path) => {
      expect((await service.stranger.get(path)).status).toBe(200);
    },
  );

  it('leaves the GraphiQL page open to browsers, and its files, and nothing else beside them', async () => {
    const page = await service.stranger.get('/graphql').set('Accept', 'text/html,application/xhtml+xml');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    const assets = [...page.text.matchAll(/(?:src|href)="(\/graphql\/assets\/[^"]+)"/g)].map(
      ([, path]) => path ?? '',
    );
    expect(assets.length).toBeGreaterThan(4);
    for (const path of assets) {
      const asset = await service.stranger.get(path);
      expect(asset.status).toBe(200);
      expect(asset.headers['cache-control']).toContain('immutable');
    }
    const folder = assets[0]?.replace(/[^/]+$/, '') ?? '';
    for (const name of ['package.json', '../../package.json', '%2e%2e%2fpackage.json', 'index.html', '']) {
      expect((await service.stranger.get(`${folder}${name}`)).status).toBe(401);
    }
  });

  it('shuts what declares no scope, key or not', async () => {
    expect((await service.http.get('/v1/undeclared')).status).toBe(403);
    expect((await service.gql('{ undeclared }')).errors?.[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('never logs the key', async () => {
    await service.http.get(`/v1/things?cursor=${service.key}`);
    await service.gql('{ things { totalCount } }');
    expect(service.logged()).toContain('"path":"/v1/things"');
    expect(service.logged()).not.toContain(service.key);
  });
});

describe('the door of the WebSocket', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ extra: [DummyModule] });
  });
  afterAll(() => service.close());

  const closing = (socket: WebSocket): Promise<number> =>
    new Promise((resolve, reject) => {
      socket.on('close', (code) => resolve(code));
      socket.on('error', reject);
    });

  function connect(payload: unknown, headers = {}): WebSocket {
    const url = `${service.url.replace('http', 'ws')}/graphql`;
    const socket = new WebSocket(url, 'graphql-transport-ws', { headers });
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })));
    return socket;
  }

  it.each([{}, { Authorization: 'Bearer wrong' }, { Authorization: 7 }, { token: 'x' }, null])(
    'closes with 4401 on %j',
    async (payload) => {
      expect(await closing(connect(payload))).toBe(4401);
    },
  );

  it('closes a socket that subscribes before it has shown a key', async () => {
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const message = { id: '1', type: 'subscribe', payload: { query: '{ __typename }' } };
    socket.on('open', () => socket.send(JSON.stringify(message)));
    expect(await closing(socket)).toBe(4401);
  });

  it('takes the key under either spelling, or from the header of the handshake', async () => {
    const bearer = `Bearer ${service.key}`;
    for (const [payload, headers] of [
      [{ Authorization: bearer }, {}],
      [{ authorization: bearer }, {}],
      [undefined, { authorization: bearer }],
    ] as const) {
      const socket = connect(payload, headers);
      const text = await new Promise((resolve) =>
        socket.once('message', (data: Buffer) => resolve(data.toString())),
      );
      expect(text).toBe('{"type":"connection_ack"}');
      socket.close();
    }
  });

  it.each(['/', '/graphql2', '/graphql/assets', '/v1/things'])(
    'refuses an upgrade at %s at once',
    async (path) => {
      const status = await new Promise((resolve, reject) => {
        const headers = {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-key': 'AQIDBAUGBwgJCgsMDQ4PEC==',
        };
        const request = rawRequest(`${service.url}${path}`, { headers });
        request.on('response', (response) => resolve(response.statusCode));
        request.on('error', reject);
        request.end();
      });
      expect(status).toBe(404);
    },
  );

  it('drops a message that holds more than an input may', async () => {
    const socket = connect({ Authorization: `Bearer ${service.key}`, more: Array.from({ length: 10_001 }, () => 1) });
    expect(await closing(socket)).toBe(4400);
  });

  it('drops a message larger than 256 KiB', async () => {
    const socket = connect({ Authorization: `Bearer ${'x'.repeat(262_144)}` });
    expect(await closing(socket)).toBe(1009);
  });
});

describe('GraphiQL turned off', () => {
  it('answers a browser as anybody else without a key', async () => {
    const service = await startApp({ extra: [DummyModule], graphiql: false });
    const page = await service.stranger.get('/graphql').set('Accept', 'text/html');
    await service.close();
    expect(page.status).toBe(401);
  });
});
