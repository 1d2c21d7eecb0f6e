import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startPrivatePostgres, type PrivatePostgres } from '../support/private-postgres.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { Receiver } from '../webhooks/receiver.js';
import { recordsOf } from './record-list.js';

describe('commands whose record the database does not take', { timeout: 60_000 }, () => {
  let postgres: PrivatePostgres;
  let receiver: Receiver;
  let service: StartedApp;
  let webhook: string;
  beforeAll(async () => {
    postgres = await startPrivatePostgres({ name: 'audit' });
    receiver = await new Receiver().start();
    const webhookAllow = { byDefault: true, blocks: ['127.0.0.0/8'], hosts: [] };
    service = await startApp({ database: { kind: 'postgres', url: postgres.url }, webhookAllow });
    const { body } = await service.http.post('/v1/webhooks').send({ url: receiver.url, enabled: false }).expect(201);
    webhook = (body as { id: string }).id;
  });
  afterAll(async () => {
    await service.close();
    await receiver.stop();
    await postgres.stop();
  });
  const test = () => service.http.post(`/v1/webhooks/${webhook}/test`).then(({ status, body }) => ({ status, body }));
  const untilAvailable = () =>
    eventually(async () => expect((await service.http.get('/health/ready')).body).toMatchObject({ database: { state: 'available' } }), { timeoutMs: 20_000 });

  it('are not carried out, through either face, and reads are as ever', async () => {
    await postgres.kill('SIGKILL');
    const answer = await test();
    expect(answer).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
    expect(answer.body).not.toHaveProperty('outcome');
    const { errors } = await service.gql(`mutation { testWebhook(id: "${webhook}") { delivered } }`);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503 });
    expect(receiver.received).toEqual([]);
    await service.http.get('/v1/networks').expect(200);
    await postgres.start();
    await untilAvailable();
  });

  it('are told as such where they were carried out already, and are on record as soon as it takes them', async () => {
    let letGo = (): void => undefined;
    const asked = new Promise<void>((resolve) =>
      receiver.answers((_received, response) => {
        letGo = () => void response.writeHead(204).end();
        resolve();
      }),
    );
    const answering = test();
    await asked;
    await postgres.kill('SIGKILL');
    letGo();
    expect(await answering).toMatchObject({
      status: 503,
      body: { code: 'DATABASE_UNAVAILABLE', outcome: 'unknown', detail: expect.stringContaining('carried out') },
    });
    await postgres.start();
    await untilAvailable();
    await eventually(async () => {
      const records = await recordsOf(service, 'actions=webhook.test');
      expect(records.at(-1)).toMatchObject({ outcome: 'succeeded', target: { id: null, reference: webhook }, after: { delivered: true } });
    });
  });
});
