import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Database } from '../../src/database/database.js';
import { EventLogRepository } from '../../src/event-log/event-log.repository.js';
import { PruningRepository } from '../../src/event-log/pruning.repository.js';
import { MissedEvents } from '../../src/outbox/missed-events.js';
import { MissedDeliveriesRepository } from '../../src/webhooks/missed-deliveries.repository.js';
import { WebhooksRepository } from '../../src/webhooks/webhooks.repository.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { Receiver } from './receiver.js';
import { startWebhookApp, type WebhookApp } from './webhook-app.js';

describe.each(DATABASES)('a webhook on %s', (_name, make) => {
  let place: TestDatabase;
  let app: WebhookApp;
  let receiver: Receiver;
  beforeEach(async () => {
    place = await make();
    app = await startWebhookApp(place.settings);
    receiver = await new Receiver().start();
  });
  afterEach(async () => {
    await receiver.stop();
    await app.close();
    place.drop();
  });
  const toHaveReceived = (...names: string[]): Promise<void> => eventually(() => expect(receiver.names).toEqual(names));
  const settled = (id: string): Promise<void> =>
    eventually(async () => expect(await app.deliveries(id, 'pending')).toEqual([]));
  const post = (path: string, body: object = {}) => app.http.post(`/v1/webhooks/${path}`).send(body);

  it('signs with the old secret and the new one while they overlap, and with the new one only afterwards', async () => {
    const { id, secret: old } = await app.create({ url: receiver.url });
    const { body } = await post(`${id}/rotate-secret`, { overlapSeconds: 2 }).expect(200);
    const fresh = body.secret as string;
    expect(fresh).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(fresh).not.toBe(old);
    await app.tell('during');
    await toHaveReceived('during');
    const [during] = receiver.received;
    expect(String(during!.headers['webhook-signature']).split(' ')).toHaveLength(2);
    for (const secret of [old!, fresh]) expect(receiver.verified(during!, secret)).toMatchObject({ id: during!.id });
    const after = await eventually(async () => {
      const { body: tested } = await post(`${id}/test`).expect(200);
      const sent = receiver.received.at(-1)!;
      expect(sent.id).toBe(tested.eventId);
      expect(() => receiver.verified(sent, old!)).toThrow('signature');
      return sent;
    });
    expect(receiver.verified(after, fresh)).toMatchObject({ type: 'webhook.test' });
  });

  it('signs with all secrets of several rotations in one overlap, and with the last one only at once where none is wanted', async () => {
    const { id, secret: first } = await app.create({ url: receiver.url });
    const second = (await post(`${id}/rotate-secret`).expect(200)).body.secret as string;
    const third = (await post(`${id}/rotate-secret`).expect(200)).body.secret as string;
    await post(`${id}/test`).expect(200);
    for (const secret of [first!, second, third]) receiver.verified(receiver.received[0]!, secret);
    const last = (await post(`${id}/rotate-secret`, { overlapSeconds: 0 }).expect(200)).body.secret as string;
    await post(`${id}/test`).expect(200);
    receiver.verified(receiver.received[1]!, last);
    expect(String(receiver.received[1]!.headers['webhook-signature']).split(' ')).toHaveLength(1);
  });

  it('is owed nothing while it is disabled, and what was pending is called off', async () => {
    receiver.status(500);
    const { id } = await app.create({ url: receiver.url });
    await app.tell('pending');
    await eventually(async () => expect(await app.webhook(id)).toMatchObject({ failing: true }));
    expect(await app.update(id, { enabled: false })).toMatchObject({ enabled: false, disabledReason: 'requested' });
    await app.tell('missed');
    expect(await app.deliveries(id)).toMatchObject([{ subject: { name: 'pending' }, state: 'cancelled', nextAttemptAt: null }]);
    receiver.status(204);
    receiver.received.splice(0);
    expect(await app.update(id, { enabled: true })).toMatchObject({ enabled: true, disabledReason: null, failing: false });
    await app.tell('next');
    await toHaveReceived('next');
  });

  it('enabled again after a cursor is sent what it missed since, in order, then what comes', async () => {
    const { id } = await app.create({ url: receiver.url, filter: { networks: ['a1', 'a2', 'b1', 'b2', 'now'] } });
    await app.tell('a1');
    await toHaveReceived('a1');
    await settled(id);
    await app.update(id, { enabled: false });
    await app.tell('b1', 'ignored', 'b2');
    const [after] = await app.cursors();
    await app.update(id, { enabled: true, after });
    await app.tell('now');
    await eventually(() => expect([...receiver.names].sort()).toEqual(['a1', 'b1', 'b2', 'now']));
    await settled(id);
    expect(receiver.received).toHaveLength(4);
  });

  it('enabled again after a cursor while events pour in misses none and is sent none twice', async () => {
    const { id } = await app.create({ url: receiver.url, enabled: false });
    await app.tell('first');
    const [after] = await app.cursors();
    const names = Array.from({ length: 120 }, (_, index) => `n${index}`);
    const pouring = app.tell(...names);
    await eventually(async () => expect((await app.cursors()).length).toBeGreaterThan(30));
    await app.update(id, { enabled: true, after });
    await pouring;
    await eventually(() => expect(new Set(receiver.names).size).toBe(120), { timeoutMs: 20_000 });
    await settled(id);
    expect([...receiver.names].sort()).toEqual([...names].sort());
  });

  it('asked six times at once to be enabled after a cursor is enabled once, and sent each event once', async () => {
    const { id } = await app.create({ url: receiver.url, enabled: false });
    await app.tell('first', ...Array.from({ length: 40 }, (_, index) => `n${index}`));
    const [after] = await app.cursors();
    const enabling = Array.from({ length: 6 }, async () => app.http.patch(`/v1/webhooks/${id}`).send({ enabled: true, after }));
    const statuses = (await Promise.all(enabling)).map(({ status }) => status);
    expect(statuses.filter((status) => ![200, 400, 412].includes(status))).toEqual([]);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    await eventually(() => expect(receiver.received.length).toBeGreaterThanOrEqual(40));
    await settled(id);
    expect(receiver.received).toHaveLength(40);
  });

  it('removed while it is being enabled after a cursor is told as gone', async () => {
    const { id } = await app.create({ url: receiver.url, enabled: false });
    await app.tell('first', 'second');
    const [after] = await app.cursors();
    const webhooks = app.app.get(WebhooksRepository, { strict: false });
    const lock = webhooks.lock.bind(webhooks);
    // Found by the request, and gone before its first transaction.
    vi.spyOn(webhooks, 'lock').mockImplementationOnce(async (transaction, webhookId) => {
      await webhooks.remove(transaction, webhookId);
      return lock(transaction, webhookId);
    });
    const { body } = await app.http.patch(`/v1/webhooks/${id}`).send({ enabled: true, after }).expect(404);
    expect(body).toMatchObject({ code: 'WEBHOOK_NOT_FOUND' });
  });

  it('that could not be enabled after a cursor is owed nothing, shows nothing and keeps no event', async () => {
    const { id } = await app.create({ url: receiver.url, enabled: false });
    await app.tell('first', 'second', 'third');
    const [after] = await app.cursors();
    const read = await app.http.get(`/v1/webhooks/${id}`).expect(200);
    const database = app.app.get(Database);
    const rows = () => database.read((db) => db.selectFrom('deliveries').select(['state']).execute());
    const events = app.app.get(MissedEvents, { strict: false });
    const gathered = vi.spyOn(events, 'queue').mockImplementationOnce(async (...range) => {
      gathered.mockRestore();
      const count = await events.queue(...range);
      expect(await rows()).toEqual([{ state: 'missed' }, { state: 'missed' }]);
      expect(await app.deliveries(id)).toEqual([]);
      await app.update(id, { description: 'changed meanwhile' });
      return count;
    });
    const enabling = app.http.patch(`/v1/webhooks/${id}`).set('If-Match', String(read.headers.etag));
    await enabling.send({ enabled: true, after }).expect(412);
    expect(await rows()).toEqual([]);
    expect(await app.webhook(id)).toMatchObject({ enabled: false });
  });

  it('is owed nothing of what a process gathered that died before it had enabled it', async () => {
    const { id } = await app.create({ url: receiver.url, enabled: false });
    await app.tell('first', 'second', 'third');
    const [after, second] = await app.cursors();
    const [database, missed] = [app.app.get(Database), app.app.get(MissedDeliveriesRepository, { strict: false })];
    const events = await database.read((db) => app.app.get(EventLogRepository, { strict: false }).at(db, [2, 3]));
    await database.write((transaction) => missed.gather(transaction, { webhookId: id, id: 'of-one-that-died' }, events));
    await app.update(id, { enabled: true, after: second });
    await toHaveReceived('third');
    await settled(id);
    expect(await app.deliveries(id)).toHaveLength(1);
    await post(`${id}/redeliver`, { after }).expect(200);
    await eventually(() => expect(receiver.received).toHaveLength(3));
  });

  it('takes no cursor to begin after that is none, or where nothing was missed', async () => {
    const { id } = await app.create({ url: receiver.url });
    await app.tell('one');
    const [after] = await app.cursors();
    const refused = async (body: object) => (await app.http.patch(`/v1/webhooks/${id}`).send(body)).body;
    expect(await refused({ after, enabled: true })).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ field: 'after' }] });
    await app.update(id, { enabled: false });
    expect(await refused({ after })).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ field: 'after' }] });
    expect(await refused({ after: 'nonsense', enabled: true })).toMatchObject({ code: 'INVALID_CURSOR' });
    expect(await refused({ after: `000000000000${'0'.repeat(11)}`, enabled: true })).toMatchObject({ code: 'CURSOR_EXPIRED' });
    expect(await app.webhook(id)).toMatchObject({ enabled: false });
  });

  it('is sent one event again, or all of a range that it wants, with the same webhook-id', async () => {
    await app.tell('before');
    const { id } = await app.create({ url: receiver.url, filter: { types: ['network.*'] } });
    await app.tell('one', 'two', 'three');
    await eventually(() => expect(receiver.received).toHaveLength(3));
    await settled(id);
    const [delivery] = await app.deliveries(id);
    const { body } = await post(`${id}/deliveries/${delivery!.id}/redeliver`).expect(200);
    expect(body).toMatchObject({ id: delivery!.id, state: 'pending', attemptCount: 0 });
    await eventually(() => expect(receiver.received).toHaveLength(4));
    expect(receiver.ids[3]).toBe(delivery!.eventId);
    await settled(id);
    expect((await app.delivery(id, delivery!.id)).attempts).toHaveLength(2);
    const cursors = await app.cursors();
    const range = { after: cursors[0], upTo: cursors[2] };
    const dry = await post(`${id}/redeliver?dryRun=true`, range).expect(200);
    expect(dry.body).toEqual({ queued: 2 });
    expect((await post(`${id}/redeliver`, range).expect(200)).body).toEqual({ queued: 2 });
    await eventually(() => expect(receiver.names.slice(4).sort()).toEqual(['one', 'two']));
    await settled(id);
    const whole = { after: `${cursors[0]!.slice(0, 12)}${'0'.repeat(11)}` };
    expect((await post(`${id}/redeliver`, whole).expect(200)).body).toEqual({ queued: 4 });
    await eventually(() => expect(receiver.names.slice(6).sort()).toEqual(['before', 'one', 'three', 'two']));
  });

  it('refuses to queue anything while it is disabled, and ranges that end before they begin', async () => {
    const { id } = await app.create({ url: receiver.url });
    await app.tell('one', 'two');
    await eventually(() => expect(receiver.received).toHaveLength(2));
    await settled(id);
    const [first, last] = await app.cursors();
    const backwards = await post(`${id}/redeliver`, { after: last, upTo: first }).expect(400);
    expect(backwards.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ field: 'upTo' }] });
    const [delivery] = await app.deliveries(id);
    await app.update(id, { enabled: false });
    for (const dryRun of ['', '?dryRun=true']) {
      const one = await post(`${id}/deliveries/${delivery!.id}/redeliver${dryRun}`).expect(409);
      const range = await post(`${id}/redeliver${dryRun}`, { after: first }).expect(409);
      expect([one.body.code, range.body.code]).toEqual(['WEBHOOK_DISABLED', 'WEBHOOK_DISABLED']);
    }
  });

  it('is still sent what it is owed after the event has grown too old for everybody else', async () => {
    const { id } = await app.create({ url: receiver.url });
    await receiver.stop();
    await app.tell('owed');
    await eventually(async () => expect((await app.deliveries(id))[0]?.attemptCount).toBeGreaterThan(0));
    const pruning = app.app.get(PruningRepository, { strict: false });
    const prune = async (): Promise<void> => {
      while (await pruning.prune({ maxAgeMs: -60_000, maxCount: 1 })) continue;
    };
    await prune();
    expect(await app.cursors()).toEqual([]);
    expect(await app.deliveries(id, 'pending')).toHaveLength(1);
    await receiver.start();
    await toHaveReceived('owed');
    await settled(id);
    await prune();
    expect(await app.deliveries(id)).toEqual([]);
  });

  it('goes with all that was kept for it, also while something is being sent', async () => {
    const { id } = await app.create({ url: receiver.url });
    const gate = Promise.withResolvers<void>();
    receiver.answers((_received, response) => void gate.promise.then(() => response.writeHead(204).end()));
    await app.tell('one');
    await eventually(() => expect(receiver.received).toHaveLength(1));
    await app.http.delete(`/v1/webhooks/${id}`).expect(204);
    gate.resolve();
    for (const path of ['', '/deliveries', '/deliveries/x']) {
      const { body } = await app.http.get(`/v1/webhooks/${id}${path}`).expect(404);
      expect(body).toMatchObject({ code: 'WEBHOOK_NOT_FOUND' });
    }
    await app.tell('two');
    expect(app.logged()).not.toMatch(/"level":"?(error|50)/);
  });

  it('keeps its secret and header values from answers, logs and the files of the database', async () => {
    receiver.answers(({ headers }, response) => void response.writeHead(200).end(JSON.stringify(headers)));
    const { id, secret } = await app.create({ url: receiver.url, headers: { 'x-token': 'a-value-of-a-header' } });
    const rotated = (await post(`${id}/rotate-secret`).expect(200)).body.secret as string;
    await app.tell('front');
    await settled(id);
    const answers = await Promise.all(
      ['', `/${id}`, `/${id}/deliveries`, `/${id}/deliveries/${(await app.deliveries(id))[0]!.id}`].map(
        async (path) => (await app.http.get(`/v1/webhooks${path}`).expect(200)).text,
      ),
    );
    expect(answers[1]).toContain('x-token');
    const stored = await everythingIn(place);
    expect(stored).toContain(id);
    for (const hidden of [secret!, rotated, secret!.slice('whsec_'.length), 'a-value-of-a-header']) {
      for (const text of [...answers, app.logged(), stored]) expect(text).not.toContain(hidden);
    }
  });
});

async function everythingIn({ settings }: TestDatabase): Promise<string> {
  if (settings.kind === 'sqlite') {
    const folder = dirname(settings.file);
    return readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`, 'latin1')).join('');
  }
  const client = new Client({ connectionString: settings.url });
  await client.connect();
  const tables = ['webhooks', 'webhook_secrets', 'webhook_progress', 'deliveries', 'delivery_attempts', 'events', 'event_bodies'];
  const rows: unknown[] = [];
  for (const table of tables) rows.push((await client.query(`select * from ${table}`)).rows);
  await client.end();
  return JSON.stringify(rows);
}
