import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { EventLogRepository } from '../../src/event-log/event-log.repository.js';
import { PruningRepository } from '../../src/event-log/pruning.repository.js';
import { OutboxRepository } from '../../src/outbox/outbox.repository.js';
import { aChange } from '../event-log/open-log.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { Receiver } from './receiver.js';
import { startWebhookApp, type WebhookApp } from './webhook-app.js';

/** More than are read and queued at once. */
const MANY = 700;
const IN_ONE_PORTION = 500;

describe.each(DATABASES)('events that grow too old while they are queued, on %s', { timeout: 90_000 }, (_name, make) => {
  let place: TestDatabase;
  let app: WebhookApp;
  let receiver: Receiver;
  let webhook: string;
  let before: string;
  beforeEach(async () => {
    place = await make();
    app = await startWebhookApp(place.settings);
    receiver = await new Receiver().start();
    webhook = (await app.create({ url: receiver.url, enabled: false })).id;
    await app.tell('before');
    [before] = (await app.cursors()) as [string];
    await app.write(...Array.from({ length: MANY }, (_, index) => aChange(`n${index}`)));
  });
  afterEach(async () => {
    await receiver.stop();
    await app.close();
    place.drop();
  });

  /** Keeps the newest so many. */
  const prune = async (maxCount: number): Promise<void> => {
    const pruning = app.app.get(PruningRepository, { strict: false });
    while (await pruning.prune({ maxAgeMs: 86_400_000, maxCount })) continue;
  };
  /** Prunes once so many pages of the log have been read for the request, before anything is done with the last. */
  const pruneAfterPages = (pages: number, maxCount: number): void => {
    const log = app.app.get(EventLogRepository, { strict: false });
    const page = log.page.bind(log);
    let read = 0;
    log.page = async (...request) => {
      const answer = await page(...request);
      read += 1;
      if (read === pages) await prune(maxCount);
      return answer;
    };
  };
  /** Prunes as soon as this has been done, before the transaction that it is part of has ended. */
  const pruneDuring = (method: 'queueAgain' | 'requeue', maxCount: number): { done: Promise<void> } => {
    const deliveries = app.app.get(OutboxRepository, { strict: false });
    const database = app.app.get(Database);
    const pruning: { done: Promise<void> } = { done: Promise.reject(new Error('Nothing was queued.')) };
    pruning.done.catch(() => undefined);
    const original = deliveries[method].bind(deliveries) as (...request: unknown[]) => Promise<never>;
    const untilItWaits = async (): Promise<void> => {
      if (database.dialect.name === 'sqlite') return;
      const waiting = sql<{ waiting: number }>`select count(*) as waiting from pg_locks where not granted`;
      await eventually(async () => {
        const { rows } = await database.read((db) => waiting.execute(db));
        expect(rows).toEqual([{ waiting: 1 }]);
      });
    };
    deliveries[method] = async (...request: unknown[]) => {
      deliveries[method] = original;
      const answer = await original(...request);
      pruning.done = prune(maxCount);
      await untilItWaits();
      return answer;
    };
    return pruning;
  };
  const enable = () => app.http.patch(`/v1/webhooks/${webhook}`).send({ enabled: true, after: before });
  const redeliver = () => app.http.post(`/v1/webhooks/${webhook}/redeliver`).send({ after: before });
  const names = (from: number, to = MANY): string[] => Array.from({ length: to - from }, (_, index) => `n${from + index}`);
  const untilReceived = async (expected: readonly string[]): Promise<void> => {
    await eventually(() => expect([...receiver.names].sort()).toEqual([...expected].sort()), { timeoutMs: 60_000 });
    await eventually(async () => expect(await app.deliveries(webhook, 'pending')).toEqual([]));
  };

  it.each([
    { what: 'an enabling', enabled: false, ask: enable },
    { what: 'a redelivery', enabled: true, ask: redeliver },
  ])('before $what has looked at any of them: the cursor has expired, and nothing is sent', async ({ enabled, ask }) => {
    if (enabled) await app.update(webhook, { enabled });
    pruneAfterPages(1, 100);
    const { status, body } = await ask();
    expect({ status, body }).toMatchObject({ status: 410, body: { code: 'CURSOR_EXPIRED' } });
    expect(await app.deliveries(webhook)).toEqual([]);
    const { oldestCursor } = body as { oldestCursor: string };
    await app.http.patch(`/v1/webhooks/${webhook}`).send({ enabled: false }).expect(200);
    await app.update(webhook, { enabled: true, after: oldestCursor });
    await untilReceived(names(MANY - 100));
  });

  it('in the middle of an enabling are not owed any more; the others are sent', async () => {
    pruneAfterPages(2, 100);
    await enable().expect(200);
    await untilReceived(names(MANY - 100));
  });

  it('in the middle of a redelivery are not owed any more, but what was queued before it is', async () => {
    await app.update(webhook, { enabled: true });
    pruneAfterPages(2, 100);
    const { body } = await redeliver().expect(200);
    expect(body).toEqual({ queued: IN_ONE_PORTION + 100 });
    await untilReceived([...names(0, IN_ONE_PORTION), ...names(MANY - 100)]);
  });

  it('stay until they are sent, once a redelivery of them has been answered', async () => {
    await app.update(webhook, { enabled: true });
    const pruning = pruneDuring('queueAgain', MANY - IN_ONE_PORTION);
    await redeliver().expect(200);
    await pruning.done;
    await untilReceived(names(0));
  });

  it('stay until it is sent again, once a redelivery of one of them has been answered', async () => {
    await app.update(webhook, { enabled: true });
    await app.tell('again');
    await untilReceived(['again']);
    const [delivery] = await app.deliveries(webhook);
    const pruning = pruneDuring('requeue', 0);
    await app.http.post(`/v1/webhooks/${webhook}/deliveries/${delivery!.id}/redeliver`).expect(200);
    await pruning.done;
    await untilReceived(['again', 'again']);
  });
});
