import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { OutboxRepository } from '../../src/outbox/outbox.repository.js';
import { aChange } from '../event-log/open-log.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { Receiver } from './receiver.js';
import { startWebhookApp, type WebhookApp } from './webhook-app.js';

const MANY = 1_201;

describe.each(DATABASES)('many deliveries of one webhook on %s', (_name, make) => {
  let place: TestDatabase;
  let app: WebhookApp;
  let receiver: Receiver;
  beforeEach(async () => {
    place = await make();
    app = await startWebhookApp(place.settings);
    receiver = await new Receiver().start();
    // Takes its time, so that nothing is done with them meanwhile.
    receiver.answers(() => undefined);
  });
  afterEach(async () => {
    await receiver.stop();
    await app.close();
    place.drop();
  });
  const inState = async (state: string): Promise<number> => {
    const rows = await app.app.get(Database).read((db) => db.selectFrom('deliveries').select('state').execute());
    return rows.filter((row) => row.state === state).length;
  };

  it('are owed, called off and removed, all of them', async () => {
    const { id } = await app.create({ url: receiver.url, enabled: false });
    await app.tell('first');
    const [after] = await app.cursors();
    await app.write(...Array.from({ length: MANY }, (_, index) => aChange(`n${index}`)));
    await app.update(id, { enabled: true, after });
    expect([await inState('pending'), await inState('missed')]).toEqual([MANY, 0]);
    await app.update(id, { enabled: false });
    expect([await inState('pending'), await inState('cancelled')]).toEqual([0, MANY]);
    await app.update(id, { enabled: true, after });
    expect([await inState('pending'), await inState('cancelled')]).toEqual([MANY, 0]);
    await app.http.delete(`/v1/webhooks/${id}`).expect(204);
    expect([await inState('pending'), await inState('cancelled')]).toEqual([0, 0]);
  });

  it.each(['callOff', 'removeAll'] as const)('leave the process time for others between portions of %s', async (way) => {
    const { id } = await app.create({ url: receiver.url });
    await app.write(...Array.from({ length: MANY }, (_, index) => aChange(`n${index}`)));
    const deliveries = app.app.get(OutboxRepository, { strict: false });
    let others = 0;
    const count = (): void => {
      others += 1;
      immediate = setImmediate(count);
    };
    let immediate: NodeJS.Immediate | undefined;
    await app.app.get(Database).write(async (transaction) => {
      immediate = setImmediate(count);
      await deliveries[way](transaction, id);
      clearImmediate(immediate);
    });
    expect(others).toBeGreaterThanOrEqual(2);
  });
});
