import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { Receiver } from './receiver.js';
import { startWebhookApp, type WebhookApp } from './webhook-app.js';

interface Shown {
  readonly id: string;
  readonly etag: string;
  readonly secret?: string;
}

describe.each(DATABASES)('a repeated write of a webhook kept in %s', (_database, make) => {
  let place: TestDatabase;
  let app: WebhookApp;
  let receiver: Receiver;
  beforeAll(async () => {
    place = await make();
    app = await startWebhookApp(place.settings);
    receiver = await new Receiver().start();
  });
  afterAll(async () => {
    await receiver.stop();
    await app.close();
    place.drop();
  });
  const rest = async (method: 'post' | 'patch', path: string, key: string, body: object): Promise<Shown> => {
    const answer = await app.http[method](`/v1/webhooks${path}`).set('Idempotency-Key', key).send(body);
    expect(answer.status).toBeLessThan(300);
    return { ...(answer.body as Shown), etag: String(answer.headers.etag) };
  };
  const viaGraphql = async (field: string, types: string, given: string, variables: object, more = ''): Promise<Shown> => {
    const query = `mutation(${types}, $key: String!) {
      ${field}(${given}, idempotencyKey: $key) { ${more} webhook { id etag lastDelivery { at } } } }`;
    const { data, errors } = await app.gql<Record<string, { webhook: Shown; secret?: string }>>(query, variables);
    expect(errors).toBeUndefined();
    const { webhook, secret } = data![field]!;
    return { id: webhook.id, etag: webhook.etag, ...(secret === undefined ? {} : { secret }) };
  };
  const delivered = async (id: string, name: string): Promise<void> => {
    await app.tell(name);
    await eventually(async () => expect((await app.webhook(id)).lastDelivery).not.toBeNull());
    await eventually(async () => expect(await app.deliveries(id, 'pending')).toEqual([]));
  };

  it('bears the entity tag of the first answer over REST, so that it can be written to next', async () => {
    const making = () => rest('post', '', 'rest-create', { url: receiver.url });
    const first = await making();
    expect(await making()).toEqual(first);
    await delivered(first.id, 'rest');
    const changing = () => rest('patch', `/${first.id}`, 'rest-update', { description: 'one' });
    const changed = await changing();
    const again = await changing();
    expect(again.etag).toBe(changed.etag);
    await app.http.patch(`/v1/webhooks/${first.id}`).set('If-Match', again.etag).send({ description: 'two' }).expect(200);
    const rotating = () => rest('post', `/${first.id}/rotate-secret`, 'rest-rotate', {});
    const rotated = await rotating();
    expect(await rotating()).toEqual(rotated);
  });

  it('bears the entity tag of the first answer over GraphQL', async () => {
    const making = () =>
      viaGraphql('createWebhook', '$input: CreateWebhookInput!', 'input: $input', { input: { url: receiver.url }, key: 'gql-create' }, 'secret');
    const first = await making();
    expect(await making()).toEqual(first);
    await delivered(first.id, 'graphql');
    const changing = () =>
      viaGraphql('updateWebhook', '$id: ID!, $input: UpdateWebhookInput!', 'id: $id, input: $input', {
        ...{ id: first.id, input: { description: 'one' }, key: 'gql-update' },
      });
    const changed = await changing();
    expect(await changing()).toEqual(changed);
    await app.http.patch(`/v1/webhooks/${first.id}`).set('If-Match', changed.etag).send({ description: 'two' }).expect(200);
  });
});
