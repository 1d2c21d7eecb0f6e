import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Requires } from '../../src/auth/access.decorators.js';
import { IdempotencyRepository } from '../../src/idempotency/idempotency.repository.js';
import { NotesChanges } from '../../src/inventory/attempt.js';
import type { Webhook } from '../../src/webhooks/webhook.js';
import { entryPoints } from '../architecture/declared-access.js';
import { FACES } from '../e2e/faces.js';
import { MakeThingInput } from '../shell/dummy.module.js';
import { startWebhookApp, type WebhookApp } from '../webhooks/webhook-app.js';
import { KEY_FACES } from '../api-keys/key-faces.js';
import { WEBHOOK_FACES } from '../webhooks/webhook-faces.js';

/** Declares what it does not do. */
@Controller('forgetful')
class ForgetfulController {
  @Post()
  @Requires('networks:manage')
  @NotesChanges()
  make(@Body() input: MakeThingInput): MakeThingInput {
    return input;
  }
}

@Module({ controllers: [ForgetfulController] })
class ForgetfulModule {}

/** These change nothing that is ours, and what came of them is told as unknown where it was lost. */
const NOTE_NOTHING = ['EnginesController.test', 'EnginesResolver.test', 'WebhooksController.test', 'WebhooksResolver.testWebhook'];
const NOWHERE = { url: 'http://127.0.0.1:9/' };

let folder: string;
let app: WebhookApp;
let webhook: Webhook;
let keys = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-noted-'));
  app = await startWebhookApp({ kind: 'sqlite', file: join(folder, 'fairlead.db') }, { firstRetryMs: 3_600_000 }, {}, [ForgetfulModule]);
  await app.tell('one', 'two');
});
beforeEach(async () => {
  webhook = await app.create(NOWHERE);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

type Write = { readonly idempotencyKey: string };
type Ask = (write: Write) => Promise<{ readonly ok: boolean }>;

const aDelivery = async (): Promise<string> => {
  await app.http.post(`/v1/webhooks/${webhook.id}/redeliver`).send({ after: (await app.cursors())[0]! }).expect(200);
  const [delivery] = await app.deliveries(webhook.id);
  return delivery!.id;
};
const anEngine = async (): Promise<string> => {
  const name = `engine${keys}`;
  await app.http.post('/v1/engines').send({ name, endpoint: `unix:///nowhere/${name}.sock` }).expect(201);
  return name;
};

const aKey = () => ({ name: `key${(keys += 1)}`, scopes: ['networks:read'] });
const anApiKey = async (): Promise<string> => {
  const { body } = await app.http.post('/v1/api-keys').send(aKey()).expect(201);
  return (body as { id: string }).id;
};

/** Every handler that says so, by its own name, and what to ask it for. */
const WRITES: Readonly<Record<string, () => Promise<Ask>>> = Object.fromEntries(
  (['Controller', 'Resolver'] as const).flatMap((suffix, index): [string, () => Promise<Ask>][] => {
    const hooks = () => WEBHOOK_FACES[index]![1](app);
    const callers = () => KEY_FACES[index]![1](app);
    const face = () => FACES[index]![1](app);
    const called = (handler: string, graphql = handler): string => (suffix === 'Controller' ? handler : graphql);
    return [
      [`Webhooks${suffix}.${called('create', 'createWebhook')}`, async () => (write) => hooks().create(NOWHERE, write)],
      [`Webhooks${suffix}.${called('update', 'updateWebhook')}`, async () => (write) => hooks().update(webhook.id, { description: 'new' }, write)],
      [`Webhooks${suffix}.${called('remove', 'removeWebhook')}`, async () => (write) => hooks().remove(webhook.id, write)],
      [`Webhooks${suffix}.${called('rotateSecret', 'rotateWebhookSecret')}`, async () => (write) => hooks().rotate(webhook.id, {}, write)],
      [`Deliveries${suffix}.redeliver`, async () => {
        const delivery = await aDelivery();
        return (write) => hooks().redeliver(webhook.id, delivery, write);
      }],
      [`Deliveries${suffix}.redeliverRange`, async () => {
        const [after] = await app.cursors();
        return (write) => hooks().redeliverRange(webhook.id, { after }, write);
      }],
      [`Engines${suffix}.${called('add', 'addEngine')}`, async () => (write) =>
        face().addEngine({ name: `added${keys}`, endpoint: `unix:///nowhere/added${keys}.sock` }, write)],
      [`Engines${suffix}.${called('update', 'updateEngine')}`, async () => {
        const name = await anEngine();
        return (write) => face().updateEngine(name, { endpoint: `unix:///elsewhere/${name}.sock` }, write);
      }],
      [`Engines${suffix}.${called('remove', 'removeEngine')}`, async () => {
        const name = await anEngine();
        return (write) => face().removeEngine(name, write);
      }],
      [`ApiKeys${suffix}.${called('create', 'createApiKey')}`, async () => (write) => callers().create(aKey(), write)],
      [`ApiKeys${suffix}.${called('rotate', 'rotateApiKey')}`, async () => {
        const id = await anApiKey();
        return (write) => callers().rotate(id, {}, write);
      }],
      [`ApiKeys${suffix}.${called('revoke', 'revokeApiKey')}`, async () => {
        const id = await anApiKey();
        return (write) => callers().revoke(id, write);
      }],
    ];
  }),
);

/** Whether what a request changes was noted in a transaction. */
async function isNoted(ask: Ask): Promise<boolean> {
  const records = app.app.get(IdempotencyRepository, { strict: false });
  const note = vi.spyOn(records, 'note');
  const answer = await ask({ idempotencyKey: `noted-${(keys += 1)}` });
  expect(answer).toMatchObject({ ok: true });
  return note.mock.calls.some(([, , , transaction]) => transaction !== undefined);
}

describe('every handler that says that it notes its change with it', () => {
  it('is among those that are asked here', () => {
    const saying = entryPoints(app.app).filter(({ noting }) => noting === 'with the change');
    expect(saying.map(({ name }) => name).sort()).toEqual([...Object.keys(WRITES), 'ForgetfulController.make'].sort());
  });

  it.each(Object.keys(WRITES))('does so: %s', async (handler) => {
    const ask = await WRITES[handler]!();
    expect(await isNoted(ask)).toBe(true);
  });

  it('is found out where it does not', async () => {
    const ask: Ask = async ({ idempotencyKey }) => {
      const { status } = await app.http.post('/v1/forgetful').set('idempotency-key', idempotencyKey).send({ name: 'x' });
      return { ok: status === 201 };
    };
    expect(await isNoted(ask)).toBe(false);
  });
});

it('every write says when it notes what it changes, but for those that change nothing of ours', () => {
  const silent = entryPoints(app.app).filter(({ isWrite, noting }) => isWrite && noting === undefined);
  expect(silent.map(({ name }) => name).sort()).toEqual(NOTE_NOTHING);
});
