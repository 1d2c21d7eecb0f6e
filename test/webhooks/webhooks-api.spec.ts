import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { Receiver } from './receiver.js';
import { startWebhookApp, type WebhookApp } from './webhook-app.js';
import { WEBHOOK_FACES, type Answer, type WebhookFace } from './webhook-faces.js';

const NO_FILTER = { types: [], engines: [], networks: [], containers: [], labels: [], origins: [] };
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

function doneOf<T>(answer: Answer<T>): Extract<Answer<T>, { ok: true }> {
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

describe.each(DATABASES)('webhooks kept in %s', (_database, make) => {
  let place: TestDatabase;
  let app: WebhookApp;
  let receiver: Receiver;
  beforeAll(async () => {
    place = await make();
    app = await startWebhookApp(place.settings);
  });
  afterAll(async () => {
    await app.close();
    place.drop();
  });
  beforeEach(async () => {
    receiver = await new Receiver().start();
  });
  afterEach(async () => {
    await receiver.stop();
    for (const { id } of (await app.http.get('/v1/webhooks?limit=500')).body.items) await app.http.delete(`/v1/webhooks/${id}`);
  });

  describe.each(WEBHOOK_FACES)('over %s', (name, faceOf) => {
    let face: WebhookFace;
    beforeAll(() => {
      face = faceOf(app);
    });
    const create = async (input: object = {}) => doneOf(await face.create({ url: receiver.url, ...input }));

    it('are made with a secret that is shown once', async () => {
      const input = { description: 'mine', filter: { types: ['network.*'] }, headers: { 'X-B': '2', 'x-a': '1' } };
      const { value, secret, changed, etag } = await create(input);
      expect(changed).toBe(true);
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(value).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        url: receiver.url,
        description: 'mine',
        enabled: true,
        disabledReason: null,
        filter: { ...NO_FILTER, types: ['network.*'] },
        headers: ['x-a', 'x-b'],
        createdAt: expect.stringMatching(/^2.*Z$/),
        createdBy: 'Administrator',
        lastDelivery: null,
        failing: false,
      });
      const read = doneOf(await face.get(value.id));
      expect(read.value).toEqual(value);
      expect(read.etag).toBe(etag);
      expect(read.secret).toBeUndefined();
    });

    it('are listed page by page, and by state', async () => {
      const made = [];
      for (const enabled of [true, false, true]) made.push((await create({ enabled })).value);
      const first = doneOf(await face.list({}, { limit: 2 })).value;
      expect(first).toMatchObject({ total: 3, items: made.slice(0, 2).map(({ id }) => ({ id })) });
      const rest = doneOf(await face.list({}, { limit: 2, cursor: first.nextCursor! })).value;
      expect(rest).toMatchObject({ items: [{ id: made[2]!.id }], nextCursor: null });
      expect(doneOf(await face.list({ enabled: false })).value).toMatchObject({ total: 1, items: [{ id: made[1]!.id }] });
      expect(doneOf(await face.list({ failing: true })).value).toMatchObject({ total: 0, items: [] });
      const sorted = doneOf(await face.list({}, { sort: '-createdAt' })).value.items.map(({ id }) => id);
      expect(sorted).toEqual(made.map(({ id }) => id).reverse());
      expect(await face.list({}, { cursor: 'nonsense' })).toMatchObject({ code: 'INVALID_CURSOR' });
    });

    it('are changed: absent keeps, null clears', async () => {
      const { value } = await create({ description: 'mine', filter: { engines: ['local'] }, headers: { 'x-a': '1' } });
      const kept = doneOf(await face.update(value.id, { url: `${receiver.url}/other` }));
      expect(kept.value).toEqual({ ...value, url: `${receiver.url}/other` });
      // What one receiver is sent to know us by goes to no other.
      expect(await face.update(value.id, { url: 'http://127.0.0.1:1/hook' })).toMatchObject({ ok: false, code: 'VALIDATION_FAILED' });
      expect(await face.update(value.id, { url: 'http://127.0.0.1:1/hook', headers: null }, { dryRun: true })).toMatchObject({ ok: true });
      const cleared = doneOf(await face.update(value.id, { description: null, filter: null, headers: null }));
      expect(cleared.value).toMatchObject({ description: null, filter: NO_FILTER, headers: [], url: `${receiver.url}/other` });
      expect(doneOf(await face.update(value.id, { headers: { 'x-z': '9' } })).value.headers).toEqual(['x-z']);
      await face.test(value.id);
      expect(receiver.received[0]).toMatchObject({ path: '/hook/other', headers: { 'x-z': '9' } });
      expect(receiver.received[0]!.headers).not.toHaveProperty('x-a');
    });

    it('are checked in a dry run and nothing else', async () => {
      const dry = doneOf(await face.create({ url: receiver.url, enabled: false }, { dryRun: true }));
      expect(dry).toMatchObject({ changed: false, secret: null, value: { id: 'dry-run', disabledReason: 'requested' } });
      expect(await face.create({ url: 'http://10.0.0.1/' }, { dryRun: true })).toMatchObject({ code: 'VALIDATION_FAILED' });
      const { value, etag } = await create();
      const update = doneOf(await face.update(value.id, { description: 'x', headers: { a: 'b' } }, { dryRun: true }));
      expect(update.value).toMatchObject({ description: 'x', headers: ['a'] });
      expect(doneOf(await face.rotate(value.id, {}, { dryRun: true }))).toMatchObject({ secret: null, value: { id: value.id } });
      expect(doneOf(await face.remove(value.id, { dryRun: true })).value).toMatchObject({ id: value.id });
      expect(doneOf(await face.get(value.id))).toMatchObject({ value, etag });
    });

    it('are written to only as they were read, whatever was delivered meanwhile', async () => {
      const { value, etag } = await create();
      await app.tell('front');
      await eventually(async () => expect(doneOf(await face.get(value.id)).value.lastDelivery).not.toBeNull());
      const changed = doneOf(await face.update(value.id, { description: 'one' }, { ifMatch: etag }));
      expect(changed.etag).not.toBe(etag);
      const stale = { code: 'PRECONDITION_FAILED', status: 412 };
      expect(await face.update(value.id, { description: 'two' }, { ifMatch: etag })).toMatchObject(stale);
      expect(await face.rotate(value.id, {}, { ifMatch: etag })).toMatchObject(stale);
      expect(await face.remove(value.id, { ifMatch: etag })).toMatchObject(stale);
      doneOf(await face.rotate(value.id, { overlapSeconds: 0 }, { ifMatch: changed.etag }));
      doneOf(await face.remove(value.id, { ifMatch: changed.etag }));
      expect(await face.get(value.id)).toMatchObject({ code: 'WEBHOOK_NOT_FOUND', status: 404 });
    });

    it.each([
      [{ url: 'nonsense' }, 'url'],
      [{ url: 'ftp://10.0.0.1/' }, 'url'],
      [{ url: 'http://user:pass@127.0.0.1/' }, 'url'],
      [{ url: 'http://127.0.0.1/#part' }, 'url'],
      [{ url: 'http://127.0.0.1:0/' }, 'url'],
      [{ url: `http://127.0.0.1/${'x'.repeat(2_100)}` }, 'url'],
      [{ url: 'http://192.0.2.1/' }, 'url'],
      [{ url: 'http://169.254.169.254/' }, 'url'],
      [{ url: 'http://127.0.0.1/a\0b' }, 'url'],
      [{ description: 'a\0b' }, 'description'],
      [{ filter: { types: ['network.*', 'netwrok.*'] } }, 'filter.types[1]'],
      [{ headers: { Host: 'x' } }, 'headers.host'],
      [{ headers: { 'Content-Type': 'x' } }, 'headers.content-type'],
      [{ headers: { 'webhook-id': 'x' } }, 'headers.webhook-id'],
      [{ headers: { 'a b': 'x' } }, 'headers.a b'],
      [{ headers: { a: 'x\r\ny: z' } }, 'headers.a'],
      [{ headers: { a: '1', A: '2' } }, 'headers.a'],
      [{ headers: { a: 'x'.repeat(1_025) } }, 'headers.a'],
      [{ headers: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`h${index}`, 'x'])) }, 'headers'],
    ])('are refused with %j, when made and when changed', async (wrong, field) => {
      const refused = { code: 'VALIDATION_FAILED', status: 400, fields: [field] };
      expect(await face.create({ url: receiver.url, ...wrong })).toMatchObject(refused);
      const { value } = await create();
      expect(await face.update(value.id, wrong)).toMatchObject(refused);
      expect(doneOf(await face.get(value.id)).value).toEqual(value);
    });

    it('take no field that there is not, and no overlap beyond 30 days', async () => {
      expect(await face.create({ url: receiver.url, secret: 'mine' })).toMatchObject({ code: 'VALIDATION_FAILED' });
      const { value } = await create();
      expect(await face.rotate(value.id, { overlapSeconds: 2_592_001 })).toMatchObject({ code: 'VALIDATION_FAILED' });
    });

    it('are told apart from those that there are not', async () => {
      const missing = { code: 'WEBHOOK_NOT_FOUND', status: 404 };
      for (const answer of [
        face.get(UNKNOWN), face.update(UNKNOWN, {}), face.remove(UNKNOWN), face.test(UNKNOWN), face.rotate(UNKNOWN, {}),
        face.deliveries(UNKNOWN), face.delivery(UNKNOWN, UNKNOWN), face.redeliver(UNKNOWN, UNKNOWN),
        face.redeliverRange(UNKNOWN, { after: 'x' }), face.redeliverRange(UNKNOWN, { after: 'x' }, { dryRun: true }),
      ]) {
        expect(await answer).toMatchObject(missing);
      }
      for (const odd of ['a\0b', 'x', '💥', "' or 1=1"]) {
        const id = encodeURIComponent(odd);
        expect(await face.get(name === 'REST' ? id : odd)).toMatchObject(missing);
        expect(await face.redeliver(name === 'REST' ? id : odd, UNKNOWN)).toMatchObject(missing);
      }
      const { value } = await create();
      const gone = { code: 'DELIVERY_NOT_FOUND', status: 404 };
      expect(await face.delivery(value.id, UNKNOWN)).toMatchObject(gone);
      expect(await face.redeliver(value.id, UNKNOWN)).toMatchObject(gone);
      expect(await face.redeliverRange(value.id, { after: 'x' })).toMatchObject({ code: 'INVALID_CURSOR' });
    });

    it('show their deliveries page by page, newest first, and each with its attempts', async () => {
      const { value } = await create();
      await app.tell('d0', 'd1', 'd2', 'd3', 'd4');
      await eventually(async () => expect(doneOf(await face.deliveries(value.id, { state: 'delivered' })).value.total).toBe(5));
      const names: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const { items, nextCursor, total } = doneOf(await face.deliveries(value.id, { limit: 2, cursor })).value;
        expect(total).toBe(5);
        names.push(...items.map(({ subject }) => subject.name));
        cursor = nextCursor;
      }
      expect(names).toEqual(['d4', 'd3', 'd2', 'd1', 'd0']);
      expect(doneOf(await face.deliveries(value.id, { state: 'failed' })).value).toMatchObject({ total: 0, items: [] });
      expect(await face.deliveries(value.id, { cursor: 'nonsense' })).toMatchObject({ code: 'INVALID_CURSOR' });
      expect(await face.deliveries(value.id, { state: 'lost' })).toMatchObject({ code: 'VALIDATION_FAILED' });
      const [newest] = doneOf(await face.deliveries(value.id, { limit: 1 })).value.items;
      expect(doneOf(await face.delivery(value.id, newest!.id)).value).toEqual({
        ...newest,
        attempts: [expect.objectContaining({ status: 204, failure: null, detail: null, responseHead: '' })],
      });
      const dry = doneOf(await face.redeliver(value.id, newest!.id, { dryRun: true })).value;
      expect(dry).toEqual(newest);
      expect(doneOf(await face.redeliver(value.id, newest!.id)).value).toMatchObject({ id: newest!.id, state: 'pending' });
      const range = { after: `${newest!.eventCursor.slice(0, 12)}${'0'.repeat(11)}`, upTo: newest!.eventCursor };
      expect(doneOf(await face.redeliverRange(value.id, range, { dryRun: true })).value.queued).toBeGreaterThanOrEqual(5);
    });
  });
});
