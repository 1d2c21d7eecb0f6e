import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { followSse } from '../e2e/followers.js';
import { eventually } from '../support/eventually.js';
import { findFreePort } from '../support/free-port.js';
import { startServiceProcess, type Answer, type ServiceProcess } from '../support/service-process.js';
import { Canaries } from './canaries.js';
import { guardedPlaces, type GuardedPlaces } from './guarded-places.js';
import { graphqlRequests, MANNERS, restRequests, type Filling } from '../support/operation-walk.js';

/** What shows a secret this once, by how it is called in the two faces. */
const SHOW_ONCE = [
  'POST /v1/webhooks', 'POST /v1/webhooks/{webhook}/rotate-secret', 'createWebhook', 'rotateWebhookSecret',
  'POST /v1/api-keys', 'POST /v1/api-keys/{apiKey}/rotate', 'createApiKey', 'rotateApiKey',
];
const PAGES = ['/docs', '/docs-json', '/graphql', '/openapi.json', '/asyncapi.json', '/metrics', '/health/live', '/health/ready', '/nowhere'];

describe('secrets that the service was given or has made', { timeout: 120_000 }, () => {
  const canaries = new Canaries();
  /** Everything that was answered, by what it was asked. */
  const told: { readonly asked: string; readonly answer: string }[] = [];
  const statuses = new Map<string, Set<number>>();
  let places: GuardedPlaces;
  let service: ServiceProcess;
  let secret: string;

  beforeAll(async () => {
    places = await guardedPlaces(canaries);
    service = await startServiceProcess({
      engines: [],
      env: {
        FAIRLEAD_ENGINES: places.engines,
        FAIRLEAD_API_KEY: canaries.plant('administrator key'),
        FAIRLEAD_SECRET_KEY: canaries.plant('secret key'),
        FAIRLEAD_WEBHOOK_ALLOW: '127.0.0.0/8',
        FAIRLEAD_LOG_LEVEL: 'trace',
      },
    });
    await eventually(async () => {
      const { body } = await service.get('/v1/engines');
      const states = (body.items as { name: string; state: string }[]).map(({ name, state }) => `${name} ${state}`).sort();
      expect(states).toEqual(['over-ssh unreachable', 'over-tls unreachable', 'recorded connected']);
    }, { timeoutMs: 30_000 });
    secret = canaries.plant('what a caller sent');
  }, 90_000);
  afterAll(async () => {
    await service.stop();
    await places.close();
  });

  it('are not in the answer of any REST operation, whether it is asked well or badly', async () => {
    const filling = await makeThings('rest');
    const { body: document } = await ask('GET /openapi.json', 'GET', '/openapi.json');
    for (const manner of MANNERS) {
      for (const { operation, method, path, body } of restRequests(document, filling, manner)) {
        await ask(operation, method, path, body, { 'idempotency-key': `${manner}-${method}-${path}`.slice(0, 255) });
      }
    }
    for (const { operation, method, path, body } of restRequests(document, filling, 'least')) {
      await ask(`${operation} with a wrong key`, method, path, body, { authorization: `Bearer ${secret}` });
      await ask(`${operation} with a secret in the query`, method, `${path}?key=${encodeURIComponent(secret)}`, body);
      if (body === undefined) continue;
      await ask(`${operation} with broken JSON`, method, path, `{"password":"${secret}`);
      await ask(`${operation} with no JSON`, method, path, secret);
    }
    expect(shown()).toEqual([]);
    expect([...statuses.values()].flatMap((seen) => [...seen]).filter((status) => status === 500)).toEqual([]);
  });

  it('are not in the answer of any GraphQL operation, whether it is asked well or badly', async () => {
    const filling = await makeThings('graphql');
    for (const manner of MANNERS) {
      for (const { operation, query, variables } of graphqlRequests(filling, manner)) {
        await ask(operation, 'POST', '/graphql', { query, variables });
      }
    }
    for (const { operation, query, variables } of graphqlRequests(filling, 'least')) {
      await ask(`${operation} with a wrong key`, 'POST', '/graphql', { query, variables }, { authorization: `Bearer ${secret}` });
    }
    const text = JSON.stringify(secret);
    for (const query of [
      `mutation { addEngine(input: { name: "a", endpoint: "ssh://a@b", ssh: { hostKeys: [], password: [${text}], x: 1 } }) { changed } }`,
      `mutation { addEngine(input: { name: "a", endpoint: "ssh://a@b", ssh: ${text} }) { changed } }`,
      `mutation { addEngine(input: ${text} `,
      `mutation { addEngine(password: ${text}) { changed } }`,
      `mutation { addEngine ${text} }`,
    ]) await ask(`${query.slice(0, 40)}…`, 'POST', '/graphql', { query });
    expect(shown()).toEqual([]);
  });

  it('are not in pages, documents, metrics, streams or sockets', async () => {
    for (const page of PAGES) await ask(`GET ${page}`, 'GET', page, undefined, { accept: page === '/graphql' ? 'text/html' : '*/*' });
    const stream = await followSse(service);
    const known = JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${service.key}` } });
    const sockets = [known, known.replace(service.key.slice(0, 9), 'elsewhere'), `{"type":"connection_init","payload":{"key":"${secret}`]
      .map((greeting) => conversation(service.url, greeting));
    const { endpoint, hostKey } = await places.machine();
    const added = await ask('POST /v1/engines', 'POST', '/v1/engines', { name: 'told-of', endpoint, ssh: { hostKeys: [hostKey], password: secret } });
    expect(added.status).toBe(201);
    await ask('DELETE /v1/engines/{engine}', 'DELETE', '/v1/engines/told-of');
    await eventually(() => expect(stream.seen).not.toEqual([]));
    await eventually(() => expect(sockets[0]?.lines.join('')).toContain('engine.removed'));
    await eventually(() => expect(sockets.slice(1).map(({ code }) => code)).toEqual([expect.any(Number), expect.any(Number)]));
    stream.stop();
    for (const { socket, lines } of sockets) {
      socket.terminate();
      told.push({ asked: 'a socket', answer: lines.join('\n') });
    }
    told.push({ asked: 'a stream', answer: stream.frames.join('\n') });
    expect(shown()).toEqual([]);
  });

  it('have all been where they could have been seen', () => {
    expect(places.receiver.received.some(({ headers }) => canaries.in(JSON.stringify(headers)).length > 0)).toBe(true);
    expect(told.length).toBeGreaterThan(500);
    const never = [...statuses].filter(([asked, seen]) => SHOW_ONCE.includes(asked) && ![...seen].some((status) => status < 300));
    expect(never).toEqual([]);
  });

  it('are not in the name of the process, in what it prints and logs, or readable in its database', async () => {
    for (const file of ['cmdline', 'comm', 'status']) {
      expect(canaries.in(readFileSync(`/proc/${service.pid}/${file}`, 'latin1')), file).toEqual([]);
    }
    expect(await service.kill('SIGTERM')).toBe(0);
    expect(service.output()).toMatch(/"requestId"/);
    expect(canaries.in(service.output())).toEqual([]);
    const folder = join(service.dir, 'data');
    expect(readdirSync(folder)).toContain('fairlead.db');
    for (const file of readdirSync(folder)) {
      expect(canaries.in(readFileSync(join(folder, file), 'latin1')), file).toEqual([]);
    }
  });

  it('are not told of a PostgreSQL that is away', async () => {
    const url = `postgres://fairlead:${encodeURIComponent(canaries.plant('password of the database'))}@127.0.0.1:${await findFreePort()}/fairlead`;
    const without = await startServiceProcess({ engines: [], databaseUrl: url, env: { FAIRLEAD_LOG_LEVEL: 'trace' } });
    const answers: Answer[] = [];
    for (const path of ['/health/ready', '/metrics', '/v1/events', '/v1/webhooks']) answers.push(await without.get(path));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 503, 503]);
    expect(canaries.in(JSON.stringify(answers.map(({ body }) => body as unknown)))).toEqual([]);
    await without.kill('SIGTERM');
    expect(canaries.in(without.output())).toEqual([]);
    await without.stop();
  });

  /** Asks, and keeps the answer but for the secret in it that is shown this once. */
  async function ask(asked: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const isText = typeof body === 'string';
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${service.key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: isText ? body : JSON.stringify(body),
    });
    const whole = await response.text();
    const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
    const parsed = (isJson ? JSON.parse(whole) : whole);
    const once = SHOW_ONCE.includes(asked) && response.ok ? onceShown(parsed, asked) : undefined;
    if (once !== undefined) canaries.watch(`what ${asked} has made`, once);
    const rest = once === undefined ? whole : whole.replace(once, '');
    told.push({ asked, answer: [...response.headers, rest].join('\n') });
    statuses.set(asked, (statuses.get(asked) ?? new Set()).add(parsed?.errors?.[0]?.extensions?.status ?? response.status));
    return { status: response.status, headers: response.headers, body: parsed };
  }

  function onceShown(body: Answer['body'], asked: string): string | undefined {
    const shown = body.data?.[asked] ?? body;
    return (shown.key ?? shown.secret ?? undefined) as string | undefined;
  }

  /** Which answers show which of the secrets. */
  function shown(): string[] {
    return told.flatMap(({ asked, answer }) => canaries.in(answer).map((found) => `${asked}: ${found}`));
  }

  /** One of each, made with secrets where it takes some; answers what to fill requests with. */
  async function makeThings(name: string): Promise<Filling> {
    const once = { 'idempotency-key': `made-once-${name}` };
    const { endpoint, hostKey } = await places.machine();
    const ssh = { hostKeys: [hostKey], password: canaries.plant('password of an engine that was added') };
    const engine = await ask('POST /v1/engines', 'POST', '/v1/engines', { name, endpoint, ssh }, once);
    const hook = { url: places.receiver.url, headers: { authorization: canaries.plant('header of a webhook') } };
    const webhook = await ask('POST /v1/webhooks', 'POST', '/v1/webhooks', hook, once);
    const repeated = await ask('POST /v1/webhooks', 'POST', '/v1/webhooks', hook, once);
    const key = await ask('POST /v1/api-keys', 'POST', '/v1/api-keys', { name, scopes: ['networks:read'] }, once);
    const tested = await ask('POST /v1/webhooks/{webhook}/test', 'POST', `/v1/webhooks/${webhook.body.id}/test`);
    const made = [engine, webhook, repeated, key, tested];
    expect(made.map(({ status }) => status), JSON.stringify(made.map(({ body }) => body as unknown))).toEqual([201, 201, 201, 201, 200]);
    const { body: attachments } = await ask('attachments', 'GET', '/v1/attachments?container=web');
    return {
      secret,
      known: {
        engine: 'recorded', network: 'shop', container: 'web', attachment: attachments.items[0].id, webhook: webhook.body.id, apiKey: key.body.id,
        url: places.receiver.url, endpoint, scopes: 'networks:read', clientRanges: '127.0.0.1', expiresAt: '2999-01-01T00:00:00Z',
      },
    };
  }
});

/** Says the first word, and asks for events once that was taken well. */
function conversation(url: string, greeting: string): { socket: WebSocket; lines: string[]; code?: number } {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const kept: { socket: WebSocket; lines: string[]; code?: number } = { socket, lines: [] };
  const query = 'subscription { events { type subject { name } engineEvent { attributes { key value } } } }';
  socket.on('open', () => socket.send(greeting));
  socket.on('message', (data: Buffer) => {
    const line = data.toString();
    kept.lines.push(line);
    if (line.includes('connection_ack')) socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
  });
  socket.on('close', (code, reason) => {
    kept.code = code;
    kept.lines.push(reason.toString());
  });
  return kept;
}
