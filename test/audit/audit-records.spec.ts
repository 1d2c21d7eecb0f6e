import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { KEY_FACES, type KeyFace } from '../api-keys/key-faces.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { recordsOf, type Json } from './record-list.js';

let made = 0;

describe.each(DATABASES)('audit records, on %s', (_database, makeDatabase) => {
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
  const records = (query: string): Promise<Json[]> => recordsOf(service, query);

  describe.each(KEY_FACES)('of commands through %s', (face, faceOf) => {
    let keys: KeyFace;
    let name: string;
    beforeEach(() => {
      keys = faceOf(service);
      name = `audited-${(made += 1)}`;
    });

    it('tell who did what to what, from where, and how it stood before and after', async () => {
      const created = await keys.create({ name, scopes: ['networks:read'] });
      if (!created.ok) throw new Error(created.detail);
      const { id } = created.value;
      await keys.rotate(id, {});
      await keys.revoke(id);
      const found = await records(`targets=${id}`);
      expect(found.map(({ action }: Json) => action)).toEqual(['api-key.create', 'api-key.rotate', 'api-key.revoke']);
      const [create, rotate, revoke] = found;
      const target = { kind: 'api-key', id, name };
      expect(create).toMatchObject({
        ...{ keyId: 'administrator', keyName: 'Administrator', subject: null, address: '127.0.0.1', face: face === 'REST' ? 'rest' : 'graphql' },
        ...{ target: { ...target, reference: name }, engine: null, dryRun: false, outcome: 'succeeded', code: null, changed: true },
        ...{ replayed: false, before: null, after: { id, name, scopes: ['networks:read'] }, omitted: [] },
      });
      expect(rotate).toMatchObject({ target: { ...target, reference: id }, before: { id, name }, after: { id, name } });
      expect(revoke).toMatchObject({ target, before: { id, name, scopes: ['networks:read'] }, after: null });
      expect(create.requestId).not.toBe(rotate.requestId);
      expect(Date.parse(create.endedAt)).toBeGreaterThanOrEqual(Date.parse(create.time));
    });

    it('are there of refused ones, whoever refused them', async () => {
      const created = await keys.create({ name, scopes: ['networks:read'] });
      const as = created.ok ? (created.key ?? '') : '';
      expect(await keys.create({ name: 'more', scopes: ['keys:manage'] }, { as })).toMatchObject({ ok: false, code: 'FORBIDDEN' });
      await keys.create({ name, scopes: ['networks:read'] });
      await keys.create({ name: `${name}-x`, scopes: ['nothing'] });
      await keys.create({ name: `${name}-x`, scopes: [7 as unknown as string] });
      await keys.revoke('5c1e9d0a-7b3f-4e2d-8a6c-1f0b9e8d7c6a');
      const refused = { outcome: 'refused', changed: false, before: null, after: null };
      expect(await records(`keys=${name}`)).toMatchObject([{ ...refused, code: 'FORBIDDEN', keyName: name, target: { id: null, reference: 'more' } }]);
      expect(await records(`targets=${name}&outcomes=refused`)).toMatchObject([{ ...refused, code: 'API_KEY_NAME_TAKEN' }]);
      const invalid = await records(`targets=${name}-x`);
      // What is no text at all a GraphQL document cannot even hold: it never becomes a command.
      expect(invalid).toMatchObject(Array(face === 'REST' ? 2 : 1).fill({ ...refused, code: 'VALIDATION_FAILED' }));
      expect((await records('actions=api-key.revoke')).at(-1)).toMatchObject({ ...refused, code: 'API_KEY_NOT_FOUND' });
    });

    it('tell dry runs and repetitions from what was carried out', async () => {
      await keys.create({ name, scopes: ['networks:read'] }, { dryRun: true });
      for (const _time of [1, 2]) await keys.create({ name, scopes: ['networks:read'] }, { idempotencyKey: name });
      await keys.create({ name, scopes: ['networks:use'] }, { idempotencyKey: name });
      expect(await records(`targets=${name}`)).toMatchObject([
        { dryRun: true, changed: false, outcome: 'succeeded', target: { id: null }, after: { id: 'dry-run' } },
        { dryRun: false, changed: true, outcome: 'succeeded', replayed: false },
        { dryRun: false, changed: true, outcome: 'succeeded', replayed: true },
        { outcome: 'refused', code: 'IDEMPOTENCY_KEY_REUSED' },
      ]);
      expect(await records(`targets=${name}&dryRun=true`)).toHaveLength(1);
    });

    it('hold no secret', async () => {
      const answer = await keys.create({ name, scopes: ['networks:read'] });
      const webhook = { url: 'https://hooks.example.com/x', headers: { 'x-token': `secret-${name}` } };
      const { body } = await service.http.post('/v1/webhooks').send(webhook).expect(201);
      const database = service.app.get(Database, { strict: false });
      const { rows } = await database.read((db) => sql`select * from audit_rows`.execute(db));
      const text = JSON.stringify(rows);
      expect(text).toContain(name);
      for (const secret of [answer.ok ? answer.key : '', body.secret, `secret-${name}`]) expect(text).not.toContain(secret);
      await service.http.delete(`/v1/webhooks/${body.id}`).expect(204);
    });
  });

  it('are one for each of several mutations in one request', async () => {
    const query = `mutation { a: createApiKey(input: { name: "one", scopes: ["networks:read"] }) { changed }
      b: revokeApiKey(id: "nobody") { changed } }`;
    await service.gql(query);
    const [first, second] = (await records('actions=api-key.*')).slice(-2);
    expect([first.outcome, second.outcome]).toEqual(['succeeded', 'refused']);
    expect(first.requestId).toBe(second.requestId);
    expect(await records(`requestIds=${first.requestId}`)).toHaveLength(2);
  });

  it('are made of mutations over a WebSocket, too', async () => {
    const client = service.socket();
    const query = 'mutation { revokeApiKey(id: "by-socket") { changed } }';
    await new Promise<void>((resolve) => client.subscribe({ query }, { next: () => undefined, error: () => resolve(), complete: () => resolve() }));
    expect(await records('targets=by-socket')).toMatchObject([{ face: 'graphql', address: '127.0.0.1', outcome: 'refused' }]);
  });

  it('are not made of reads, nor for who comes without a good key: those are in the log, with their address', async () => {
    const before = (await service.http.get('/v1/audit-records')).body.total;
    await service.http.get('/v1/api-keys').expect(200);
    await service.gql('{ apiKeys { totalCount } }');
    await service.stranger.post('/v1/api-keys').set('x-request-id', 'stranger').send({ name: 'x', scopes: [] }).expect(401);
    expect((await service.http.get('/v1/audit-records')).body.total).toBe(before);
    expect(service.logged()).toMatch(/"requestId":"stranger".*"status":401.*"address":"127.0.0.1"/);
  });

  it('keep what callers write as it is kept by both databases, cut to a length', async () => {
    const odd = `odd\ud800\u0000${'x'.repeat(400)}`;
    await service.http.post('/v1/api-keys').send({ name: odd, scopes: ['networks:read'] }).expect(400);
    const [record] = (await records('actions=api-key.create')).slice(-1);
    expect(record.target.reference).toBe(`odd\u{fffd}\u{fffd}${'x'.repeat(250)}…`);
    const many = Array.from({ length: 900 }, (_, index) => `engine-${index}-${'y'.repeat(20)}`);
    const { body } = await service.http.post('/v1/webhooks').send({ url: 'https://hooks.example.com/x', filter: { engines: many } }).expect(201);
    const [{ after, omitted }] = await records(`targets=${body.id}`);
    expect({ after, omitted }).toMatchObject({ omitted: ['filter'], after: { id: body.id, enabled: true } });
    expect(after.filter).toMatchObject({ begins: expect.stringMatching(/^\{.*engine-0-yyy/), characters: JSON.stringify(body.filter).length, sha256: createHash('sha256').update(JSON.stringify(body.filter)).digest('hex') });
  });

  it('are listed newest first, in pages, the same through both faces, by time and family', async () => {
    const first = (await service.http.get('/v1/audit-records?limit=2').expect(200)).body;
    const second = (await service.http.get(`/v1/audit-records?limit=2&cursor=${first.nextCursor}`).expect(200)).body;
    const sequences = [...first.items, ...second.items].map(({ sequence }: Json) => sequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => b - a));
    const answer = await service.gql<Json>(
      `{ auditRecords(first: 2, filter: { actions: ["api-key.*", "webhook.*"], outcomes: [succeeded, refused] }) {
        totalCount pageInfo { hasNextPage endCursor } nodes { id action before after target { id reference } } } }`,
    );
    expect(answer.data?.auditRecords).toMatchObject({ totalCount: first.total, pageInfo: { hasNextPage: true, endCursor: first.nextCursor } });
    expect(answer.data?.auditRecords.nodes.map(({ id }: Json) => id)).toEqual(first.items.map(({ id }: Json) => id));
    expect(JSON.parse(answer.data?.auditRecords.nodes[0].after)).toEqual(first.items[0].after);
    const { time } = first.items[0];
    expect((await service.http.get(`/v1/audit-records?from=${time}`)).body.total).toBeGreaterThan(0);
    expect((await service.http.get(`/v1/audit-records?to=${time}&limit=1`)).body.items[0].time < time).toBe(true);
    expect((await service.http.get('/v1/audit-records?actions=nothing.*')).body.total).toBe(0);
    for (const wrong of ['from=yesterday', 'sort=keyId', 'outcomes=lost', 'cursor=a0x']) {
      expect((await service.http.get(`/v1/audit-records?${wrong}`)).status).toBe(400);
    }
  });

  it('are exported whole as JSON lines, oldest first', async () => {
    const { body } = await service.http.get('/v1/audit-records?limit=500&sort=time');
    const answer = await fetch(`${service.url}/v1/audit-records?limit=1`, {
      headers: { authorization: `Bearer ${service.key}`, accept: 'application/x-ndjson' },
    });
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-request-id')).not.toBeNull();
    const lines = (await answer.text()).trimEnd().split('\n').map((line) => JSON.parse(line));
    expect(lines).toEqual(body.items);
    expect(lines.length).toBeGreaterThan(20);
  });
});
