import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryTimings } from '../../src/deliveries/delivery-timings.js';
import type { Delivery } from '../../src/outbox/delivery.js';
import { OutgoingTimings } from '../../src/outgoing/outgoing-timings.js';
import type { Webhook } from '../../src/webhooks/webhook.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { Receiver } from './receiver.js';
import { startWebhookApp, type WebhookApp } from './webhook-app.js';

describe.each(DATABASES)('a receiver that fails, on %s', (_name, make) => {
  let place: TestDatabase;
  let app: WebhookApp;
  let receiver: Receiver;
  let webhook: Webhook;
  beforeEach(async () => {
    place = await make();
    app = await startWebhookApp(place.settings);
    receiver = await new Receiver().start();
    webhook = await app.create({ url: receiver.url });
  });
  afterEach(async () => {
    await receiver.stop();
    await app.close();
    place.drop();
  });
  const inState = (state: string): Promise<Delivery> =>
    eventually(async () => {
      const [delivery] = await app.deliveries(webhook.id, state);
      expect(delivery).toBeDefined();
      return delivery!;
    });
  const failuresOf = async (delivery: Delivery) => (await app.delivery(webhook.id, delivery.id)).attempts;
  const retime = (timings: Partial<DeliveryTimings>) =>
    Object.assign(app.app.get(DeliveryTimings, { strict: false }), timings);
  const answerWithin = (timeoutMs: number) =>
    Object.assign(app.app.get(OutgoingTimings, { strict: false }), { timeoutMs });
  const disabling = async () => (await app.http.get('/v1/events').query({ types: 'webhook.disabled' }).expect(200)).body.items;

  it('is tried again until it is there', async () => {
    await receiver.stop();
    await app.tell('front');
    const failed = await eventually(async () => {
      const delivery = await inState('pending');
      expect(delivery.attemptCount).toBeGreaterThan(2);
      return delivery;
    });
    expect(await app.webhook(webhook.id)).toMatchObject({ failing: true, lastDelivery: { failure: 'connection', status: null } });
    await receiver.start();
    const delivered = await inState('delivered');
    expect(delivered.id).toBe(failed.id);
    const attempts = await failuresOf(delivered);
    expect(attempts[0]).toMatchObject({ status: null, failure: 'connection', responseHead: null });
    expect(attempts[0]!.detail).toContain('ECONNREFUSED');
    expect(attempts.at(-1)).toMatchObject({ status: 204, failure: null });
    expect(receiver.ids).toEqual([delivered.eventId]);
    expect(await app.webhook(webhook.id)).toMatchObject({ failing: false });
  });

  it.each([
    [500, 'serverError'],
    [400, 'clientError'],
    [404, 'clientError'],
    [301, 'redirect'],
    [307, 'redirect'],
  ])('with %i is told apart as %s, tried again and never followed', async (status, failure) => {
    const elsewhere = await new Receiver().start();
    receiver.answers((_received, response) => {
      const location = { location: elsewhere.url };
      response.writeHead(receiver.received.length < 3 ? status : 200, location).end();
    });
    await app.tell('front');
    const attempts = await failuresOf(await inState('delivered'));
    expect(attempts.map((attempt) => [attempt.status, attempt.failure])).toEqual([
      [status, failure],
      [status, failure],
      [200, null],
    ]);
    expect(new Set(receiver.ids).size).toBe(1);
    expect(elsewhere.received).toEqual([]);
    await elsewhere.stop();
  });

  it('by answering too late is tried again', async () => {
    answerWithin(300);
    receiver.answers((_received, response) => {
      if (receiver.received.length > 1) response.writeHead(200).end();
    });
    await app.tell('front');
    const attempts = await failuresOf(await inState('delivered'));
    expect(attempts[0]).toMatchObject({ status: null, failure: 'timeout' });
    expect(attempts[0]!.durationMs).toBeGreaterThanOrEqual(290);
    expect(attempts.at(-1)).toMatchObject({ status: 200, failure: null });
  });

  it('by never ending its answer has taken it all the same: the status is what counts', async () => {
    answerWithin(1_500);
    receiver.answers((_received, response) => void response.writeHead(200).write('and then'));
    await app.tell('front');
    const [attempt] = await failuresOf(await inState('delivered'));
    expect(attempt).toMatchObject({ status: 200, failure: null, responseHead: 'and then' });
  });

  it('by closing in the middle of its answer has taken it, before any answer it has not', async () => {
    receiver.answers((_received, response, request) => {
      if (receiver.received.length === 1) request.socket.destroy();
      else response.writeHead(202, { 'content-length': '100' }).write('part', () => request.socket.destroy());
    });
    await app.tell('front');
    const [first, second] = await failuresOf(await inState('delivered'));
    expect(first).toMatchObject({ status: null, failure: 'connection' });
    expect(second).toMatchObject({ status: 202, failure: null, responseHead: 'part' });
  });

  it('by answering 429 is left alone for as long as it asks, and with it all that is for it', async () => {
    receiver.answers((_received, response) => {
      if (receiver.received.length === 1) response.writeHead(429, { 'retry-after': '1' }).end();
      else response.writeHead(204).end();
    });
    await app.tell('front');
    await inState('pending');
    await eventually(() => expect(receiver.received).toHaveLength(1));
    await eventually(async () => expect(await app.webhook(webhook.id)).toMatchObject({ failing: true }));
    await app.tell('back');
    await eventually(() => expect(receiver.received).toHaveLength(3));
    const [first, second] = receiver.received;
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(950);
  });

  it('by answering 410 is disabled at once: what is pending is called off, and an event tells', async () => {
    receiver.answers(({ event }, response) => void response.writeHead(event.data.subject.name === 'gone' ? 410 : 500).end());
    await app.tell('stuck', 'gone');
    await eventually(async () => {
      expect(await app.webhook(webhook.id)).toMatchObject({ enabled: false, disabledReason: 'gone', failing: true });
    });
    const states = (await app.deliveries(webhook.id)).map(({ subject, state }) => [subject.name, state]);
    expect(states).toEqual([
      ['gone', 'failed'],
      ['stuck', 'cancelled'],
    ]);
    await app.tell('later');
    expect(await app.deliveries(webhook.id)).toHaveLength(2);
    const events = await disabling();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ engine: null, subject: { kind: 'webhook', id: webhook.id } });
  });

  it('for as long as is waited for it is disabled with an event, which other webhooks receive', async () => {
    const watching = await new Receiver().start();
    await app.create({ url: watching.url, filter: { types: ['webhook.*'] } });
    retime({ giveUpMs: 150 });
    receiver.status(500);
    await app.tell('front', 'back');
    await eventually(async () => {
      expect(await app.webhook(webhook.id)).toMatchObject({ enabled: false, disabledReason: 'failing' });
    });
    expect((await app.deliveries(webhook.id, 'failed')).length).toBeGreaterThan(0);
    await eventually(() => expect(watching.received).toHaveLength(1));
    expect(watching.received[0]!.event).toMatchObject({
      type: 'webhook.disabled',
      source: '/webhooks',
      subject: `webhooks/${webhook.id}`,
    });
    expect(await disabling()).toHaveLength(1);
    await watching.stop();
  });

  it('with some events only stays enabled: those are given up, one by one', async () => {
    // Long enough for a busy machine to deliver some of the good ones in it.
    retime({ giveUpMs: 3_000, orderedAttempts: 2 });
    receiver.answers(({ event }, response) => void response.writeHead(event.data.subject.name === 'bad' ? 422 : 204).end());
    await app.tell('bad');
    for (let round = 0; (await app.deliveries(webhook.id, 'failed')).length === 0; round += 1) {
      await app.tell(`good${round}`);
      await eventually(() => expect(receiver.names).toContain(`good${round}`));
    }
    expect(await app.webhook(webhook.id)).toMatchObject({ enabled: true, disabledReason: null });
    expect((await app.deliveries(webhook.id, 'failed')).map(({ subject }) => subject.name)).toEqual(['bad']);
  });
});
