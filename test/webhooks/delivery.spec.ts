import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aChange } from '../event-log/open-log.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { holding, Receiver } from './receiver.js';
import { startWebhookApp, type WebhookApp } from './webhook-app.js';

describe.each(DATABASES)('webhooks on %s', (_name, make) => {
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
  const toHaveReceived = (count: number): Promise<void> =>
    eventually(() => expect(receiver.received).toHaveLength(count));

  it('deliver each event as a CloudEvent that is signed by the Standard Webhooks specification', async () => {
    const { secret } = await app.create({ url: receiver.url, headers: { 'X-Tenant': 'blue', authorization: 'Bearer t' } });
    await app.tell('front');
    await toHaveReceived(1);
    const [received] = receiver.received;
    expect(receiver.verified(received!, secret!)).toMatchObject({
      specversion: '1.0',
      id: received!.id,
      source: '/engines/local',
      type: 'network.created',
      subject: 'networks/id-of-front',
      data: { id: received!.id, subject: { name: 'front' } },
    });
    expect(received!.headers).toMatchObject({
      'content-type': 'application/cloudevents+json',
      'x-tenant': 'blue',
      authorization: 'Bearer t',
    });
    expect(received!.headers['user-agent']).toMatch(/^Fairlead-Webhooks\/\d/);
    expect(() => receiver.verified(received!, `whsec_${Buffer.alloc(32).toString('base64')}`)).toThrow('signature');
    expect(() => receiver.verified({ ...received!, body: `${received!.body} ` }, secret!)).toThrow('signature');
  });

  it('deliver what the filter wants, to each webhook its own', async () => {
    const other = await new Receiver().start();
    await app.create({ url: receiver.url, filter: { types: ['network.*'], labels: ['team=web'] } });
    await app.create({ url: other.url, filter: { types: ['engine.*'] } });
    await app.write(aChange('plain'), aChange('web', { labels: { team: 'web' } }));
    await app.write(aChange('local', { type: 'engine.connected', subject: { kind: 'engine', id: 'local', name: 'local' } }));
    await toHaveReceived(1);
    await eventually(() => expect(other.names).toEqual(['local']));
    expect(receiver.names).toEqual(['web']);
    await other.stop();
  });

  it('note each attempt: status, duration and the head of the answer', async () => {
    receiver.answers(({ headers }, response) => {
      response.writeHead(receiver.received.length === 1 ? 500 : 200).end(`${String(headers['x-token'])} ${'x'.repeat(9_000)}`);
    });
    const { id } = await app.create({ url: receiver.url, headers: { 'x-token': 'top-secret-token' } });
    await app.tell('front');
    const [delivery] = await eventually(async () => {
      const found = await app.deliveries(id, 'delivered');
      expect(found).toHaveLength(1);
      return found;
    });
    expect(delivery).toMatchObject({ eventId: receiver.received[0]!.id, eventType: 'network.created', attemptCount: 2 });
    const { attempts } = await app.delivery(id, delivery!.id);
    expect(attempts).toMatchObject([
      { status: 500, failure: 'serverError', detail: null },
      { status: 200, failure: null, detail: null },
    ]);
    for (const { responseHead, durationMs } of attempts) {
      expect(responseHead).toHaveLength(1024);
      expect(responseHead).toMatch(/^\*\*\* x/);
      expect(durationMs).toBeGreaterThanOrEqual(0);
    }
    expect(await app.webhook(id)).toMatchObject({
      failing: false,
      lastDelivery: { deliveryId: delivery!.id, status: 200, failure: null },
    });
  });

  it('keep the order within a subject, and let no other subject wait for it', async () => {
    const hold = holding();
    receiver.answers((received, response, request) => {
      if (received.event.data.subject.id === 'a' && receiver.received.length === 1) hold.answering(received, response, request);
      else response.writeHead(204).end();
    });
    const { id } = await app.create({ url: receiver.url });
    const about = (subject: string, name: string) => aChange(name, { subject: { kind: 'network', id: subject, name } });
    await app.write(about('a', 'a1'));
    await toHaveReceived(1);
    await app.write(about('a', 'a2'), about('b', 'b1'), about('a', 'a3'), about('b', 'b2'));
    await toHaveReceived(3);
    expect(receiver.names.slice(1).sort()).toEqual(['b1', 'b2']);
    const pending = async () => (await app.deliveries(id, 'pending')).map(({ subject }) => subject.name);
    await eventually(async () => expect(await pending()).toEqual(['a3', 'a2', 'a1']));
    hold.release();
    await toHaveReceived(5);
    expect(receiver.names.filter((name) => name.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(receiver.names.filter((name) => name.startsWith('b'))).toEqual(['b1', 'b2']);
  });

  it('let later events of a subject pass one that has failed five times', async () => {
    receiver.answers(({ event }, response) => void response.writeHead(event.data.subject.name === 'bad' ? 400 : 204).end());
    await app.create({ url: receiver.url });
    const about = (name: string) => aChange(name, { subject: { kind: 'network', id: 'one', name } });
    await app.write(about('bad'), about('good'), about('last'));
    await eventually(() => expect(receiver.names).toContain('last'));
    const names = receiver.names;
    expect(names.slice(0, 5)).toEqual(['bad', 'bad', 'bad', 'bad', 'bad']);
    expect(names.indexOf('last')).toBeGreaterThan(names.indexOf('good'));
  });

  it('send no more at once to one endpoint than it may have', async () => {
    const gates: (() => void)[] = [];
    receiver.answers((received, response, request) => {
      const hold = holding();
      gates.push(() => hold.release());
      hold.answering(received, response, request);
    });
    await app.create({ url: receiver.url });
    await app.tell(...Array.from({ length: 20 }, (_, index) => `n${index}`));
    await toHaveReceived(8);
    for (let done = 0; done < 20; done += 1) {
      await eventually(() => expect(gates.length).toBeGreaterThan(done));
      gates[done]!();
    }
    await toHaveReceived(20);
    expect(receiver.most).toBe(8);
    expect(new Set(receiver.ids).size).toBe(20);
  });

  it('are tried out at once, signed, and without a trace in the log', async () => {
    const { id, secret } = await app.create({ url: receiver.url, enabled: false, description: 'mine' });
    const { body } = await app.http.post(`/v1/webhooks/${id}/test`).expect(200);
    expect(body).toMatchObject({ delivered: true, status: 204, failure: null, eventId: receiver.ids[0] });
    const event = receiver.verified(receiver.received[0]!, secret!);
    expect(event).toMatchObject({ type: 'webhook.test', source: '/webhooks', subject: `webhooks/${id}` });
    receiver.status(503, {}, 'busy');
    const again = await app.http.post(`/v1/webhooks/${id}/test`).expect(200);
    expect(again.body).toMatchObject({ delivered: false, status: 503, failure: 'serverError', responseHead: 'busy' });
    expect(await app.cursors()).toEqual([]);
    expect(await app.webhook(id)).toMatchObject({ lastDelivery: null, failing: false });
  });

  it('are counted', async () => {
    await app.create({ url: receiver.url });
    await app.tell('front');
    await toHaveReceived(1);
    await eventually(async () => {
      const { text } = await app.http.get('/metrics').expect(200);
      expect(text).toContain('fairlead_webhook_attempts_total{outcome="delivered"} 1');
      expect(text).toContain('fairlead_webhook_deliveries_pending 0');
    });
  });
});
