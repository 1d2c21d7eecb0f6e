import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Database } from '../../src/database/database.js';
import { databaseUnavailable } from '../../src/database/database.errors.js';
import { IdempotencyRepository } from '../../src/idempotency/idempotency.repository.js';
import type { Webhook } from '../../src/webhooks/webhook.js';
import { aChange } from '../event-log/open-log.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { findFreePort } from '../support/free-port.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { startWebhookApp, type WebhookApp } from '../webhooks/webhook-app.js';
import { WEBHOOK_FACES, type Answer, type WebhookFace } from '../webhooks/webhook-faces.js';

const NOWHERE = { url: 'http://127.0.0.1:9/' };

let keys = 0;

describe.each(DATABASES)('a write with a key that changes the database alone, on %s', (_name, make) => {
  let made: TestDatabase;
  let app: WebhookApp;
  let database: Database;
  let records: IdempotencyRepository;
  beforeAll(async () => {
    made = await make();
    app = await startWebhookApp(made.settings, { firstRetryMs: 3_600_000, mostRetryMs: 3_600_000 });
    database = app.app.get(Database, { strict: false });
    records = app.app.get(IdempotencyRepository, { strict: false });
    await app.tell('one', 'two', 'three');
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  afterAll(async () => {
    await app.close();
    made.drop();
  });

  /** As where the service is killed before it could keep the answer. */
  const loseAnswer = (): Promise<unknown> =>
    database.write((transaction) =>
      sql`update idempotency_records set answer = null, finished_ms = null, owner = ''`.execute(transaction),
    );
  /** But for how deliveries to them go, which go on meanwhile. */
  const webhooks = async (): Promise<unknown[]> => {
    const { items } = (await app.http.get('/v1/webhooks?limit=500').expect(200)).body as { items: Webhook[] };
    return items.map(({ lastDelivery: _lastDelivery, failing: _failing, ...webhook }) => webhook);
  };

  describe.each(WEBHOOK_FACES)('through %s', (_face, faceOf) => {
    let face: WebhookFace;
    let webhook: Webhook;
    let idempotencyKey: string;
    beforeEach(async () => {
      face = faceOf(app);
      idempotencyKey = `kept-${(keys += 1)}`;
      webhook = await app.create(NOWHERE);
    });

    type Ask = (write: { idempotencyKey: string }) => Promise<Answer<unknown>>;
    const first = async (): Promise<string> => (await app.cursors())[0]!;
    const writes: readonly (readonly [string, () => Promise<Ask>])[] = [
      ['a creation', async () => (write) => face.create({ ...NOWHERE, description: 'new' }, write)],
      ['a change', async () => (write) => face.update(webhook.id, { description: 'changed' }, write)],
      ['a rotation of the secret', async () => (write) => face.rotate(webhook.id, {}, write)],
      ['a removal', async () => (write) => face.remove(webhook.id, write)],
      [
        'an enabling with what was missed',
        async () => {
          await app.update(webhook.id, { enabled: false });
          const after = await first();
          return (write) => face.update(webhook.id, { enabled: true, after }, write);
        },
      ],
      [
        'a redelivery',
        async () => {
          await app.http.post(`/v1/webhooks/${webhook.id}/redeliver`).send({ after: await first() }).expect(200);
          const [delivery] = await app.deliveries(webhook.id);
          return (write) => face.redeliver(webhook.id, delivery!.id, write);
        },
      ],
      [
        'a redelivery of a range',
        async () => {
          const after = await first();
          return (write) => face.redeliverRange(webhook.id, { after }, write);
        },
      ],
    ];

    it.each(writes)('%s that was made before its answer was lost is answered with what it came to, and not made again', async (_what, prepare) => {
      const ask = await prepare();
      const answer = await ask({ idempotencyKey });
      expect(answer.ok).toBe(true);
      const standing = await webhooks();
      await loseAnswer();
      expect(await ask({ idempotencyKey })).toEqual(answer);
      expect(await webhooks()).toEqual(standing);
      // And so from then on.
      expect(await ask({ idempotencyKey })).toEqual(answer);
    });

    it.each(writes)('%s that was not made is made when it is asked for again', async (_what, prepare) => {
      const ask = await prepare();
      vi.spyOn(records, 'note').mockRejectedValueOnce(databaseUnavailable('cut'));
      const before = await webhooks();
      expect(await ask({ idempotencyKey })).toMatchObject({ ok: false, code: 'DATABASE_UNAVAILABLE' });
      expect(await webhooks()).toEqual(before);
      const answer = await ask({ idempotencyKey });
      expect(answer.ok).toBe(true);
      expect(await ask({ idempotencyKey })).toEqual(answer);
    });

    it('of which nobody knows whether it was committed is made once', async () => {
      const note = records.note.bind(records);
      const write = database.write.bind(database);
      // Attempts of deliveries write meanwhile: only the transaction that notes is the one to break.
      let noted: unknown;
      vi.spyOn(records, 'note').mockImplementation(async (...given) => {
        [, , , noted] = given;
        return note(...given);
      });
      vi.spyOn(database, 'write').mockImplementation(async (work) => {
        let own: unknown;
        const result = await write((transaction) => {
          own = transaction;
          return work(transaction);
        });
        if (own !== noted) return result;
        throw databaseUnavailable('the connection broke at its end');
      });
      const before = await webhooks();
      expect(await face.create(NOWHERE, { idempotencyKey })).toMatchObject({ ok: false, code: 'DATABASE_UNAVAILABLE' });
      const answer = await face.create(NOWHERE, { idempotencyKey });
      expect(answer).toMatchObject({ ok: true, secret: expect.stringMatching(/^whsec_/) as string });
      expect(await webhooks()).toHaveLength(before.length + 1);
    });

    it('is given up by whoever finds that another process has taken it over', async () => {
      const note = records.note.bind(records);
      vi.spyOn(records, 'note').mockImplementation(async (id, owner, basis, transaction) => {
        await sql`update idempotency_records set owner = 'another' where id = ${id}`.execute(transaction!);
        return note(id, owner, basis, transaction);
      });
      const before = await webhooks();
      expect(await face.create(NOWHERE, { idempotencyKey })).toMatchObject({ ok: false, code: 'IDEMPOTENCY_IN_PROGRESS' });
      expect(await webhooks()).toEqual(before);
    });

    it('keeps no secret that could be read', async () => {
      const answer = await face.create(NOWHERE, { idempotencyKey });
      const rows = await database.read((db) => db.selectFrom('idempotency_records').selectAll().execute());
      expect(answer.ok && answer.secret).toMatch(/^whsec_/);
      expect(JSON.stringify(rows)).not.toContain('whsec_');
    });
  });

  it('goes on with a range from where it had come to', async () => {
    const face = WEBHOOK_FACES[0]![1](app);
    const after = (await app.cursors())[0]!;
    await app.write(...Array.from({ length: 1_100 }, (_, n) => aChange(`many${n}`)));
    const [webhook, all] = [await app.create(NOWHERE), await app.create(NOWHERE)];
    const whole = await face.redeliverRange(all.id, { after }, { idempotencyKey: 'whole' });
    const note = records.note.bind(records);
    let portions = 0;
    vi.spyOn(records, 'note').mockImplementation(async (...given) => {
      portions += 1;
      if (portions === 2) throw databaseUnavailable('cut');
      return note(...given);
    });
    expect(await face.redeliverRange(webhook.id, { after }, { idempotencyKey: 'range' })).toMatchObject({ ok: false });
    await app.tell('later');
    // What the first portion has queued counts, although it is pending by now; what came later is no part of the range.
    expect(await face.redeliverRange(webhook.id, { after }, { idempotencyKey: 'range' })).toEqual(whole);
  });
});

describe('webhooks that are made with keys while the service is killed', () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await startServiceProcess({ engines: [], port: await findFreePort() });
  });
  afterAll(() => service.stop());

  it('are each made once, and their secrets are answered in the end', async () => {
    const keyed = Array.from({ length: 40 }, (_, n) => `burst-${n}`);
    const ask = (key: string) =>
      service.send('POST', '/v1/webhooks', { url: 'http://10.0.0.1/', description: key }, { 'idempotency-key': key });
    const early = new Map<string, { id: string; secret: string }>();
    for (let kill = 0; kill < 3; kill += 1) {
      const asked = keyed.slice(kill * 10, kill * 10 + 20).map(async (key) => {
        const { status, body } = await ask(key);
        if (status === 201) early.set(key, body as { id: string; secret: string });
      });
      await Promise.any(asked);
      await service.kill('SIGKILL');
      await Promise.allSettled(asked);
      await service.start();
    }
    const final = await Promise.all(keyed.map(async (key) => ({ key, ...(await ask(key)) })));
    for (const { key, status, body } of final) {
      expect({ key, status }).toEqual({ key, status: 201 });
      if (early.has(key)) expect(body).toEqual(early.get(key));
    }
    const { items } = (await service.get('/v1/webhooks?limit=500')).body as { items: { id: string; description: string }[] };
    expect(items.map(({ description }) => description).sort()).toEqual([...keyed].sort());
    expect(items.map(({ id }) => id).sort()).toEqual(final.map(({ body }) => (body as { id: string }).id).sort());
  }, 60_000);
});
