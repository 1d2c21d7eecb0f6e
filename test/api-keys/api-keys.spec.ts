import { request as rawRequest } from 'node:http';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { SCOPES } from '../../src/auth/scopes.js';
import { Database } from '../../src/database/database.js';
import { SubscriptionServer } from '../../src/graphql/subscription-server.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { asKey } from './as-key.js';
import { KEY_FACES, type KeyFace } from './key-faces.js';

let made = 0;

describe.each(DATABASES)('API keys, on %s', (_database, makeDatabase) => {
  let place: TestDatabase;
  let service: StartedApp;
  beforeAll(async () => {
    place = await makeDatabase();
    service = await startApp({ database: place.settings });
  });
  afterAll(async () => {
    await service.close();
    place.drop();
  });

  const status = async (key: string, path = '/v1/networks', at = service): Promise<number> =>
    (await fetch(`${at.url}${path}`, { headers: { authorization: `Bearer ${key}` } })).status;

  describe.each(KEY_FACES)('through %s', (_face, faceOf) => {
    let face: KeyFace;
    let name: string;
    beforeEach(() => {
      face = faceOf(service);
      name = `key-${(made += 1)}`;
    });

    /** Makes one that must come into being. */
    const give = async (input: object = {}): Promise<{ id: string; key: string }> => {
      const answer = await face.create({ name, scopes: ['networks:read'], ...input });
      if (!answer.ok) throw new Error(JSON.stringify(answer));
      return { id: answer.value.id, key: answer.key ?? '' };
    };

    it('are shown once, allow what their scopes say, and are listed with what is known of them', async () => {
      const { id, key } = await give({ scopes: ['containers:read', 'networks:read'] });
      expect(key).toMatch(/^fl_[A-Za-z0-9_-]{43}$/);
      expect([await status(key), await status(key, '/v1/containers'), await status(key, '/v1/events')]).toEqual([200, 200, 403]);
      const found = await face.get(id);
      expect(found).toMatchObject({
        ok: true,
        value: { id, name, scopes: ['networks:read', 'containers:read'], clientRanges: [], createdBy: 'Administrator', expiresAt: null },
      });
      expect(JSON.stringify([found, await face.list()])).not.toContain(key);
      expect(await face.list(key)).toMatchObject({ ok: false, code: 'FORBIDDEN' });
    });

    it('are kept as digests only, also where the answer that shows one is kept to be given again', async () => {
      const input = { name, scopes: ['networks:read'] };
      const first = await face.create(input, { idempotencyKey: name });
      expect(await face.create(input, { idempotencyKey: name })).toEqual(first);
      const key = first.ok ? (first.key ?? '') : '';
      expect(await status(key)).toBe(200);
      const database = service.app.get(Database, { strict: false });
      const rows = await database.read(async (db) => [
        await sql`select * from api_keys`.execute(db),
        await sql`select * from idempotency_records`.execute(db),
      ]);
      expect(JSON.stringify(rows)).not.toContain(key);
      expect(service.logged()).not.toContain(key);
    });

    it('are refused at once when they are revoked, and what is open for them is closed', async () => {
      const { id, key } = await give({ scopes: ['events:read'] });
      const stream = await openStream(service, key);
      const socket = await openSocket(service, key);
      expect((await face.revoke(id)).ok).toBe(true);
      expect(await status(key, '/v1/events')).toBe(401);
      expect(await socket.closed).toBe(4401);
      expect(await stream.ended).toContain('"code":"UNAUTHENTICATED"');
      expect(await face.get(id)).toMatchObject({ ok: false, code: 'API_KEY_NOT_FOUND', status: 404 });
      expect(await face.revoke(id)).toMatchObject({ ok: false, code: 'API_KEY_NOT_FOUND' });
    });

    it('end by themselves, streams included, when their time is over', async () => {
      const { key } = await give({ scopes: ['events:read'], expiresAt: new Date(Date.now() + 1_500).toISOString() });
      const stream = await openStream(service, key);
      expect(await status(key, '/v1/events')).toBe(200);
      expect(await stream.ended).toContain('"code":"UNAUTHENTICATED"');
      expect(await status(key, '/v1/events')).toBe(401);
    });

    it('are replaced with an overlap, or at once', async () => {
      const { id, key } = await give();
      const second = await face.rotate(id, {});
      const secondKey = second.ok ? (second.key ?? '') : '';
      expect([await status(key), await status(secondKey)]).toEqual([200, 200]);
      const third = await face.rotate(id, { overlapSeconds: 0 });
      const thirdKey = third.ok ? (third.key ?? '') : '';
      expect([await status(key), await status(secondKey), await status(thirdKey)]).toEqual([401, 401, 200]);
    });

    it('take what was opened with them along when they are replaced, at once or after the overlap', async () => {
      const { id, key } = await give({ scopes: ['events:read'] });
      const first = await openStream(service, key);
      const rotate = async (overlapSeconds: number): Promise<string> => {
        const answer = await face.rotate(id, { overlapSeconds });
        return answer.ok ? (answer.key ?? '') : '';
      };
      const second = await openStream(service, await rotate(0));
      expect(await first.ended).toContain('"code":"UNAUTHENTICATED"');
      const third = await openStream(service, await rotate(1));
      let isOpen = true;
      void third.ended.then(() => (isOpen = false));
      expect(await second.ended).toContain('"code":"UNAUTHENTICATED"');
      expect(isOpen).toBe(true);
      expect((await face.revoke(id)).ok).toBe(true);
      await third.ended;
    });

    it('carry nothing out once they are revoked, over a socket whose end is ignored', async () => {
      const { id, key } = await give({ scopes: ['keys:manage'] });
      const { socket, closed } = await openSocket(service, key);
      // The frame that closes it is not read.
      socket.pause();
      expect((await face.revoke(id)).ok).toBe(true);
      const child = `${name} child`;
      const query = `mutation { createApiKey(input: { name: "${child}", scopes: ["keys:manage"] }) { key } }`;
      for (const each of ['1', '2', '3']) socket.send(JSON.stringify({ type: 'subscribe', id: each, payload: { query } }));
      await eventually(() => expect(service.app.get(SubscriptionServer, { strict: false }).openSockets).toBe(0));
      socket.resume();
      await closed;
      const { body } = await service.http.get('/v1/api-keys').query({ limit: 500 }).expect(200);
      expect((body as { items: { name: string }[] }).items.map((each) => each.name)).not.toContain(child);
    });

    it('carry nothing out once they are revoked, where the request had begun before', async () => {
      const { id, key } = await give({ scopes: ['keys:manage'] });
      const child = `${name} child`;
      const body = JSON.stringify({ name: child, scopes: ['keys:manage'] });
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': body.length };
      const sent = rawRequest(`${service.url}/v1/api-keys`, { method: 'POST', headers });
      const answered = new Promise<number | undefined>((resolve, reject) => sent.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject));
      sent.write(body.slice(0, -1));
      // What was sent before has been looked at when what was sent later is answered.
      expect(await status(key, '/v1/api-keys')).toBe(200);
      expect((await face.revoke(id)).ok).toBe(true);
      sent.end(body.slice(-1));
      expect(await answered).toBe(401);
      const { body: all } = await service.http.get('/v1/api-keys').query({ limit: 500 }).expect(200);
      expect((all as { items: { name: string }[] }).items.map((each) => each.name)).not.toContain(child);
    });

    it('have a name of their own, which is not the first key\'s either', async () => {
      await give();
      for (const taken of [name, 'Administrator']) {
        expect(await face.create({ name: taken, scopes: ['networks:read'] })).toMatchObject({ ok: false, code: 'API_KEY_NAME_TAKEN' });
      }
    });

    it('are good from the addresses that they are meant for only', async () => {
      const { key } = await give({ clientRanges: ['10.0.0.0/8', '2001:db8::1'] });
      expect(await status(key)).toBe(403);
      const here = await face.create({ name: `${name} here`, scopes: ['networks:read'], clientRanges: ['127.0.0.1', '::1'] });
      expect(here).toMatchObject({ ok: true, value: { clientRanges: ['127.0.0.1/32', '::1/128'] } });
      expect(await status(here.ok ? (here.key ?? '') : '')).toBe(200);
      const socket = await openSocket(service, key);
      expect(await socket.closed).toBe(4403);
    });

    it('that are narrowed have those to do with that see no more than they', async () => {
      const narrowed = (selector: string, more: object = {}): object => ({ scopes: ['keys:manage'], engines: ['local'], selector, ...more });
      const own = await give(narrowed(`team=${name}`));
      const within = await face.create({ name: `${name} within`, ...narrowed(`env=dev,team=${name}`) });
      const others = [{ scopes: ['keys:manage'] }, narrowed('team=b'), narrowed(`team=${name}`, { engines: [] }), narrowed(`team in (${name},b)`)];
      const beyond = [];
      for (const [index, input] of others.entries()) beyond.push(await face.create({ name: `${name} beyond ${index}`, ...input }));
      const by = faceOf(asKey(service, own.key));
      const listed = await by.list();
      expect(listed.ok && listed.value.map((each) => each.name).sort()).toEqual([name, `${name} within`]);
      for (const made of beyond) {
        const id = made.ok ? made.value.id : '';
        const answers = [await by.get(id), await by.rotate(id, {}), await by.revoke(id), await by.revoke(id, { dryRun: true })];
        for (const answer of answers) expect(answer).toMatchObject({ ok: false, code: 'API_KEY_NOT_FOUND', status: 404 });
        expect((await face.get(id)).ok).toBe(true);
      }
      const id = within.ok ? within.value.id : '';
      for (const answer of [await by.get(id), await by.rotate(id, {}), await by.revoke(id)]) expect(answer.ok).toBe(true);
      expect((await service.http.get('/v1/api-keys').query({ limit: 1 })).body.total).toBeGreaterThan(4);
      expect((await asKey(service, own.key).http.get('/v1/api-keys').query({ limit: 1 })).body.total).toBe(1);
    });

    it('give away what they have themselves, and no more', async () => {
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
      const own = { scopes: ['keys:manage', 'networks:read'], clientRanges: ['127.0.0.0/8'], expiresAt };
      const { key } = await give(own);
      const attempt = (input: object) => face.create({ name: `${name} child`, ...own, ...input }, { as: key });
      const refused = { ok: false, code: 'FORBIDDEN', status: 403 };
      expect(await attempt({ scopes: ['networks:read', 'networks:manage'] })).toMatchObject(refused);
      expect(await attempt({ expiresAt: undefined })).toMatchObject(refused);
      expect(await attempt({ expiresAt: new Date(Date.now() + 7_200_000).toISOString() })).toMatchObject(refused);
      expect(await attempt({ clientRanges: undefined })).toMatchObject(refused);
      expect(await attempt({ clientRanges: ['127.0.0.1', '10.0.0.1'] })).toMatchObject(refused);
      expect(await attempt({ scopes: ['networks:read'], clientRanges: ['127.0.0.1'] })).toMatchObject({ ok: true, value: { createdBy: name } });
      // Nor can they take what they could not give.
      const mighty = await face.create({ name: `${name} mighty`, scopes: [...SCOPES] });
      const id = mighty.ok ? mighty.value.id : '';
      expect(await face.rotate(id, {}, { as: key })).toMatchObject(refused);
      expect((await face.revoke(id, { as: key })).ok).toBe(true);
    });

    it.each([
      ['a name that is taken', (taken: string) => ({ name: taken }), 'API_KEY_NAME_TAKEN', []],
      ['no name to see', () => ({ name: ' ' }), 'VALIDATION_FAILED', ['name']],
      ['a name with control characters', () => ({ name: 'a\u0000b' }), 'VALIDATION_FAILED', ['name']],
      ['no scopes', () => ({ scopes: [] }), 'VALIDATION_FAILED', ['scopes']],
      ['a scope that there is not', () => ({ scopes: ['networks:read', 'networks:own'] }), 'VALIDATION_FAILED', ['scopes[1]']],
      ['a time that is over', () => ({ expiresAt: '2020-01-01T00:00:00Z' }), 'VALIDATION_FAILED', ['expiresAt']],
      ['a range that is none', () => ({ clientRanges: ['::1', 'example.com'] }), 'VALIDATION_FAILED', ['clientRanges[1]']],
      ['a range with host bits', () => ({ clientRanges: ['10.0.0.1/8'] }), 'VALIDATION_FAILED', ['clientRanges[0]']],
    ] as const)('are not made with %s', async (_what, input, code, fields) => {
      await give();
      const answer = await face.create({ name: `${name} new`, scopes: ['networks:read'], ...input(name) });
      expect(answer).toMatchObject({ ok: false, code, fields });
    });

    it('are not made by a dry run, and not changed where they are no longer what was read', async () => {
      expect(await face.create({ name, scopes: ['networks:read'] }, { dryRun: true })).toMatchObject({ ok: true, key: null, value: { id: 'dry-run' } });
      const { id, key } = await give();
      const { etag } = (await face.get(id)) as { etag: string };
      expect(await status(key)).toBe(200);
      expect((await face.rotate(id, {}, { ifMatch: etag })).ok).toBe(true);
      expect(await face.revoke(id, { ifMatch: etag })).toMatchObject({ ok: false, code: 'PRECONDITION_FAILED' });
    });
  });

  it('made or revoked by one process are so for the others', async () => {
    const other = await startApp({ database: place.settings });
    try {
      const { body } = await service.http.post('/v1/api-keys').send({ name: 'shared', scopes: ['events:read'] }).expect(201);
      const { id, key } = body as { id: string; key: string };
      await eventually(async () => expect(await status(key, '/v1/events', other)).toBe(200));
      const stream = await openStream(other, key);
      await service.http.delete(`/v1/api-keys/${id}`).expect(204);
      expect(await stream.ended).toContain('"code":"UNAUTHENTICATED"');
      expect(await status(key, '/v1/events', other)).toBe(401);
    } finally {
      await other.close();
    }
  });

  it('remember when they were last used, over a restart', async () => {
    const { body } = await service.http.post('/v1/api-keys').send({ name: 'used', scopes: ['networks:read'] }).expect(201);
    const { id, key } = body as { id: string; key: string };
    const before = Date.now();
    expect(await status(key)).toBe(200);
    await service.close();
    service = await startApp({ database: place.settings });
    const used = (await service.http.get(`/v1/api-keys/${id}`).expect(200)).body as { lastUsedAt: string };
    expect(Date.parse(used.lastUsedAt)).toBeGreaterThanOrEqual(before);
    expect(await status(key)).toBe(200);
  });
});

/** Follows events; `ended` is all that was sent. */
async function openStream({ url }: StartedApp, key: string): Promise<{ ended: Promise<string> }> {
  const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream' };
  return new Promise((resolve, reject) => {
    rawRequest(`${url}/v1/events`, { headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      const ended = new Promise<string>((end) => response.on('close', () => end(text)));
      resolve({ ended });
    }).on('error', reject).end();
  });
}

/** Opens a socket of GraphQL with the key; `closed` is the code with which it was closed. */
async function openSocket({ url }: StartedApp, key: string): Promise<{ socket: WebSocket; closed: Promise<number> }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)));
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${key}` } })));
  await Promise.race([closed, new Promise((resolve) => socket.once('message', resolve))]);
  return { socket, closed };
}
