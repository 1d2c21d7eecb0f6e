import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { Database } from '../../src/database/database.js';
import { GatewayRegistry } from '../../src/docker/gateway-registry.js';
import { Inventory } from '../../src/inventory/inventory.js';
import { eventually } from '../support/eventually.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { doneOf, valueOf } from './face.js';
import { restFace } from './rest-face.js';

let app: StartedApp;

beforeAll(async () => {
  app = await startApp();
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => app.close());

const away = (name: string) => ({ name, endpoint: `unix:///nowhere/${name}.sock` });
const names = async (): Promise<string[]> => valueOf(await restFace(app).listEngines()).items.map(({ name }) => name);
/** It is followed, and cannot be reached. */
const isFollowed = (name: string): Promise<void> =>
  eventually(async () => expect(valueOf(await restFace(app).getEngine(name))).toMatchObject({ state: 'unreachable' }));
const database = (): Database => app.app.get(Database, { strict: false });

it('an engine that could not be taken up at once is taken up at the next look', async () => {
  vi.spyOn(app.app.get(Inventory, { strict: false }), 'add').mockImplementationOnce(() => {
    throw new Error('not now');
  });
  expect(doneOf(await restFace(app).addEngine(away('late'))).http).toMatchObject({ status: 201 });
  await isFollowed('late');
  expect(app.logged()).toMatch(/engine late cannot be followed.*not now/);
});

it('a new way to an engine that could not be taken at once is taken at the next look', async () => {
  vi.spyOn(app.app.get(GatewayRegistry, { strict: false }), 'put').mockRejectedValueOnce(new Error('not yet'));
  const { endpoint } = away('elsewhere');
  valueOf(await restFace(app).updateEngine('late', { endpoint }));
  await eventually(async () => expect(valueOf(await restFace(app).getEngine('late')).endpoint).toBe(endpoint));
});

it('an engine that could not be left at once is left at the next look', async () => {
  vi.spyOn(app.app.get(Inventory, { strict: false }), 'remove').mockImplementationOnce(() => {
    throw new Error('hold on');
  });
  expect(doneOf(await restFace(app).removeEngine('late')).http).toMatchObject({ status: 204 });
  await eventually(async () => expect(await names()).toEqual([]));
});

it('an engine that can never be taken up keeps nobody from the others, and is complained of once', async () => {
  await database().write((transaction) =>
    sql`insert into engines (name, id, endpoint, identity, tls, host_keys, credential_names, credentials, revision, created_ms)
      values ('odd', 'id', 'pigeon://loft', 'pigeon', 0, '[]', '[]', null, 1, 0)`.execute(transaction));
  valueOf(await restFace(app).addEngine(away('next')));
  await isFollowed('next');
  await eventually(() => expect(app.logged().split('engine odd cannot be followed')).toHaveLength(2));
  expect(await names()).toEqual(['next']);
  await database().write((transaction) => sql`update engines set endpoint = 'unix:///nowhere/odd.sock' where name = 'odd'`.execute(transaction));
  await isFollowed('odd');
});
