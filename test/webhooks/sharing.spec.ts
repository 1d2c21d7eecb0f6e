import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { aChange } from '../event-log/open-log.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { holding, Receiver } from './receiver.js';
import { startWebhookApp, type WebhookApp } from './webhook-app.js';

const NAMES = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe.each(DATABASES)('several processes on one database, %s,', (_name, make) => {
  let place: TestDatabase;
  let receiver: Receiver;
  const running: WebhookApp[] = [];
  const start = async (timings: object = {}): Promise<WebhookApp> => {
    const app = await startWebhookApp(place.settings, timings);
    running.push(app);
    return app;
  };
  beforeEach(async () => {
    place = await make();
    receiver = await new Receiver().start();
  });
  afterEach(async () => {
    await receiver.stop();
    for (const app of running.splice(0)) await app.close();
    place.drop();
  });

  it('deliver each event once, and those about one subject in order, whoever logged it', async () => {
    const [one, two] = [await start(), await start()];
    const { id } = await one.create({ url: receiver.url });
    const subject = { kind: 'network', id: 'shared', name: 'shared' } as const;
    const shared = (app: WebhookApp, index: number) => app.write(aChange('', { subject: { ...subject, name: `s${index}` } }));
    await Promise.all([one.tell(...NAMES(60, 'a')), two.tell(...NAMES(60, 'b'))]);
    for (let index = 0; index < 20; index += 1) await shared(index % 2 === 0 ? one : two, index);
    await eventually(() => expect(receiver.received.length).toBeGreaterThanOrEqual(140), { timeoutMs: 20_000 });
    await eventually(async () => expect(await one.deliveries(id, 'pending')).toEqual([]));
    expect(receiver.received).toHaveLength(140);
    expect(new Set(receiver.ids).size).toBe(140);
    expect(receiver.names.filter((name) => name.startsWith('s'))).toEqual(NAMES(20, 's'));
    expect(receiver.most).toBeLessThanOrEqual(8);
  });

  it('send again, with the same webhook-id, what one of them had sent and could not note before it was gone', async () => {
    const crashing = await start({ leaseMs: 700 });
    const { id } = await crashing.create({ url: receiver.url });
    const hold = holding();
    receiver.answers(hold.answering);
    await crashing.tell('front');
    await eventually(() => expect(receiver.received).toHaveLength(1));
    // As if it were gone: it has sent and can write nothing any more.
    await crashing.app.get(Database).onApplicationShutdown();
    hold.release();
    const surviving = await start({ leaseMs: 700 });
    const [delivery] = await eventually(async () => {
      const found = await surviving.deliveries(id, 'delivered');
      expect(found).toHaveLength(1);
      return found;
    });
    expect(receiver.ids).toEqual([delivery!.eventId, delivery!.eventId]);
  });

  it('leave what they have sent to be noted when they stop', async () => {
    const stopping = await start();
    const { id } = await stopping.create({ url: receiver.url });
    const hold = holding();
    receiver.answers(hold.answering);
    await stopping.tell('front');
    await eventually(() => expect(receiver.received).toHaveLength(1));
    const stopped = stopping.close();
    running.splice(0);
    hold.release();
    await stopped;
    const next = await start();
    expect(await next.deliveries(id)).toMatchObject([{ state: 'delivered', attemptCount: 1 }]);
    expect(receiver.received).toHaveLength(1);
  });

  it('deliver what was owed when all of them were gone', async () => {
    const first = await start({ firstRetryMs: 60_000, mostRetryMs: 60_000 });
    const { id } = await first.create({ url: receiver.url });
    receiver.status(500);
    await first.tell('front');
    await eventually(async () => expect(await first.deliveries(id)).toMatchObject([{ attemptCount: 1 }]));
    await first.close();
    running.splice(0);
    receiver.status(204);
    const next = await start();
    const [delivery] = await next.deliveries(id, 'pending');
    await next.http.post(`/v1/webhooks/${id}/deliveries/${delivery!.id}/redeliver`).expect(200);
    await eventually(async () => expect(await next.deliveries(id, 'delivered')).toMatchObject([{ attemptCount: 2 }]));
  });

  it('that have another key deliver nothing to webhooks of the first, and say so', async () => {
    const owner = await start();
    const { id } = await owner.create({ url: receiver.url, headers: { 'x-a': 'b' } });
    await owner.close();
    running.splice(0);
    const stranger = await startWebhookApp(place.settings, {}, { secretKey: 'another-secret-key-of-tests' });
    running.push(stranger);
    await stranger.tell('front');
    await eventually(() => expect(stranger.logged()).toContain('encrypted with another key'));
    for (const verb of ['test', 'rotate-secret']) {
      const { body } = await stranger.http.post(`/v1/webhooks/${id}/${verb}`).send({}).expect(503);
      expect(body).toMatchObject({ code: 'SECRET_KEY_MISMATCH' });
    }
    const again = await start();
    await eventually(() => expect(receiver.names).toEqual(['front']));
    expect(await again.deliveries(id, 'delivered')).toBeDefined();
  });
});
