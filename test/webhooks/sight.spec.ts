import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { SEEN_BY, type ObservedChange } from '../../src/events/event.js';
import type { Webhook } from '../../src/webhooks/webhook.js';
import { asKey } from '../api-keys/as-key.js';
import { aChange } from '../event-log/open-log.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { Receiver } from './receiver.js';
import { startWebhookApp, type WebhookApp } from './webhook-app.js';
import { WEBHOOK_FACES, type Answer, type WebhookFace } from './webhook-faces.js';

const SCOPES = ['webhooks:read', 'webhooks:manage', 'events:read'];
const NOT_FOUND = { ok: false, code: 'WEBHOOK_NOT_FOUND', status: 404 };

let made = 0;

function valueOf<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  return answer.value;
}

const ofTeam = (team: string, name: string): ObservedChange => aChange(name, { labels: { team } });

describe.each(DATABASES)('a webhook of a narrowed key on %s', (_database, make) => {
  let place: TestDatabase;
  let app: WebhookApp;
  let receiver: Receiver;
  beforeAll(async () => {
    place = await make();
    app = await startWebhookApp(place.settings);
    await app.tell('begin');
  });
  afterAll(async () => {
    await app.close();
    place.drop();
  });
  beforeEach(async () => {
    receiver = await new Receiver().start();
  });
  afterEach(() => receiver.stop());

  const giveKey = async (narrowing: object, scopes = SCOPES): Promise<{ id: string; key: string; name: string }> => {
    const name = `team-${(made += 1)}`;
    const { body } = await app.http.post('/v1/api-keys').send({ name, scopes, ...narrowing }).expect(201);
    return body as { id: string; key: string; name: string };
  };
  const revoke = (id: string) => app.http.delete(`/v1/api-keys/${id}`).expect(204);

  describe.each(WEBHOOK_FACES)('through %s', (_face, faceOf) => {
    let face: WebhookFace;
    let key: { id: string; key: string; name: string };
    let webhook: Webhook;
    beforeEach(async () => {
      key = await giveKey({ selector: 'team=a', engines: ['local'] });
      face = faceOf(asKey(app, key.key));
      webhook = valueOf(await face.create({ url: receiver.url }));
    });
    afterEach(async () => {
      await app.http.delete(`/v1/webhooks/${webhook.id}`);
    });

    it('names it, and is sent what it sees: as things happen, of a range, and of what it missed', async () => {
      expect(webhook.createdBy).toBe(key.name);
      const start = (await app.cursors()).at(-1)!;
      const elsewhere = { ...ofTeam('a', 'elsewhere'), engine: 'other' };
      await app.write(ofTeam('a', 'a1'), ofTeam('b', 'b1'), aChange('plain'), elsewhere, ofTeam('a', 'a2'));
      await eventually(() => expect(receiver.names.sort()).toEqual(['a1', 'a2']));
      expect(valueOf(await face.deliveries(webhook.id)).total).toBe(2);
      expect(valueOf(await face.redeliverRange(webhook.id, { after: start }, { dryRun: true }))).toEqual({ queued: 2 });
      expect(valueOf(await face.redeliverRange(webhook.id, { after: start }))).toEqual({ queued: 2 });
      await eventually(() => expect(receiver.names.sort()).toEqual(['a1', 'a1', 'a2', 'a2']));
      valueOf(await face.update(webhook.id, { enabled: false }));
      await app.write(ofTeam('b', 'b2'), ofTeam('a', 'a3'));
      valueOf(await face.update(webhook.id, { enabled: true, after: (await app.cursors()).at(-3)! }));
      await eventually(() => expect(receiver.names.slice(4)).toEqual(['a3']));
    });

    it('is sent the state in an event without what it does not see', async () => {
      const network = { id: 'n', name: 'own', engines: ['local'], attachmentCount: 2, configFrom: null, ipam: { driver: 'default', options: {}, pools: [] } };
      const others = { networks: [], containers: ['a', 'b'].map((team) => ({ engine: 'local', labels: { team }, count: 1 })) };
      const change = { ...ofTeam('a', 'own'), network: network as unknown as ObservedChange['network'] };
      await app.write({ ...change, [SEEN_BY]: { network: { team: 'a' }, container: null, others } });
      const [received] = await eventually(() => {
        expect(receiver.received).toHaveLength(1);
        return receiver.received;
      });
      expect(received!.event.data.network.attachmentCount).toBe(1);
    });

    it('is still told what the key sees after somebody who sees more has changed it', async () => {
      const all = faceOf(app);
      expect(valueOf(await all.update(webhook.id, { description: 'for team a', filter: { types: ['network.*'] } }))).toMatchObject({ createdBy: key.name });
      await app.write(ofTeam('b', 'b1'), ofTeam('a', 'a1'));
      await eventually(() => expect(receiver.names).toEqual(['a1']));
    });

    it('ends with the key: nothing more is sent, what is pending is called off, and it stays disabled', async () => {
      receiver.status(503);
      await app.write(ofTeam('a', 'owed'));
      await eventually(() => expect(receiver.received.length).toBeGreaterThan(0));
      await revoke(key.id);
      const before = receiver.received.length;
      await app.write(ofTeam('a', 'late'));
      const all = faceOf(app);
      const ended = await eventually(async () => {
        const found = valueOf(await all.get(webhook.id));
        expect(found.enabled).toBe(false);
        return found;
      });
      expect(ended).toMatchObject({ disabledReason: 'keyEnded', createdBy: key.name });
      expect(valueOf(await all.deliveries(webhook.id)).items.map(({ subject, state }) => [subject.name, state])).toEqual([['owed', 'cancelled']]);
      // The attempt that was being made when the key was revoked may have come in.
      expect(receiver.received.length - before).toBeLessThanOrEqual(1);
      expect(receiver.names).not.toContain('late');
      receiver.status(204);
      const told = await app.http.get('/v1/events').query({ types: 'webhook.disabled', limit: 500 });
      expect(told.body.items.map(({ subject }: { subject: { id: string } }) => subject.id)).toContain(webhook.id);
      for (const change of [{ enabled: true }, { enabled: true, after: (await app.cursors())[0]! }]) {
        expect(await all.update(webhook.id, change)).toMatchObject({ ok: false, code: 'WEBHOOK_DISABLED', status: 409 });
      }
      expect(await all.redeliverRange(webhook.id, { after: (await app.cursors())[0]! })).toMatchObject({ ok: false, code: 'WEBHOOK_DISABLED' });
    });

    it('is there for keys that see as much, and for no other', async () => {
      const other = faceOf(asKey(app, (await giveKey({ selector: 'team=b' })).key));
      const narrower = faceOf(asKey(app, (await giveKey({ selector: 'env=dev,team=a', engines: ['local'] })).key));
      const wider = faceOf(asKey(app, (await giveKey({ selector: 'team in (a,b)' })).key));
      await app.write(ofTeam('a', 'a1'));
      const [delivery] = await eventually(async () => {
        const { items } = valueOf(await face.deliveries(webhook.id));
        expect(items).toMatchObject([{ state: 'delivered' }]);
        return items;
      });
      const attempts: readonly ((by: WebhookFace) => Promise<Answer<unknown>>)[] = [
        (by) => by.get(webhook.id),
        (by) => by.deliveries(webhook.id),
        (by) => by.delivery(webhook.id, delivery!.id),
        (by) => by.test(webhook.id),
        (by) => by.rotate(webhook.id, {}),
        (by) => by.redeliver(webhook.id, delivery!.id),
        (by) => by.redeliverRange(webhook.id, { after: delivery!.eventCursor }),
        (by) => by.update(webhook.id, { url: 'https://example.com' }),
        (by) => by.remove(webhook.id),
      ];
      for (const by of [other, narrower]) {
        for (const attempt of attempts) expect(await attempt(by)).toMatchObject(NOT_FOUND);
        expect(valueOf(await by.list())).toMatchObject({ items: [], total: 0 });
      }
      expect(valueOf(await wider.list()).items.map(({ id }) => id)).toEqual([webhook.id]);
      for (const attempt of attempts.slice(0, 3)) expect(await attempt(wider)).toMatchObject({ ok: true });
    });

    it('hands out events: who may not read them neither makes nor directs one', async () => {
      const { key: blind } = await giveKey({ selector: 'team=a', engines: ['local'] }, ['webhooks:read', 'webhooks:manage']);
      const by = faceOf(asKey(app, blind));
      const refused = { ok: false, code: 'FORBIDDEN', status: 403 };
      expect(await by.create({ url: receiver.url })).toMatchObject(refused);
      for (const change of [{ url: 'https://example.com' }, { enabled: true }, { filter: null }, { headers: null }]) {
        expect(await by.update(webhook.id, change)).toMatchObject(refused);
      }
      expect(valueOf(await by.update(webhook.id, { description: 'mine', enabled: false }))).toMatchObject({ description: 'mine', enabled: false });
    });
  });

  it('is not directed by a key with an end, which it would outlast, but by its own', async () => {
    const keys = { lasting: await giveKey({ selector: 'team=a' }), brief: await giveKey({ selector: 'team=a', expiresAt: new Date(Date.now() + 600_000).toISOString() }) };
    const [lasting, brief] = [asKey(app, keys.lasting.key).http, asKey(app, keys.brief.key).http];
    const { id } = (await lasting.post('/v1/webhooks').send({ url: receiver.url }).expect(201)).body as Webhook;
    const { body } = await brief.patch(`/v1/webhooks/${id}`).send({ url: 'https://example.com' }).expect(403);
    expect(body).toMatchObject({ code: 'FORBIDDEN', detail: expect.stringContaining('when the key has ended') });
    await brief.patch(`/v1/webhooks/${id}`).send({ description: 'seen' }).expect(200);
    const own = (await brief.post('/v1/webhooks').send({ url: receiver.url }).expect(201)).body as Webhook;
    await brief.patch(`/v1/webhooks/${own.id}`).send({ url: `${receiver.url}/other` }).expect(200);
    for (const each of [id, own.id]) await app.http.delete(`/v1/webhooks/${each}`).expect(204);
  });

  it('is owed nothing from the moment at which another process has removed the key, and ends when its time is over', async () => {
    const gone = await giveKey({ selector: 'team=a' });
    const brief = await giveKey({ selector: 'team=a', expiresAt: new Date(Date.now() + 2_000).toISOString() });
    const ids: string[] = [];
    for (const { key } of [gone, brief]) ids.push((await asKey(app, key).http.post('/v1/webhooks').send({ url: receiver.url }).expect(201)).body.id as string);
    const database = app.app.get(Database, { strict: false });
    await database.write((transaction) => transaction.deleteFrom('api_keys').where('id', '=', gone.id).execute());
    await app.write(ofTeam('a', 'too late'));
    expect(await app.deliveries(ids[0]!)).toEqual([]);
    await eventually(async () => {
      for (const id of ids) expect(await app.webhook(id)).toMatchObject({ enabled: false, disabledReason: 'keyEnded' });
    });
    expect(await app.deliveries(ids[0]!)).toEqual([]);
    for (const id of ids) await app.http.delete(`/v1/webhooks/${id}`).expect(204);
  });
});
