import type { Delivery, DeliveryAttempt, RedeliveredRange } from '../../src/outbox/delivery.js';
import type { Webhook, WebhookTest } from '../../src/webhooks/webhook.js';
import type { StartedApp } from '../support/start-app.js';

/** An answer of either face, in one form. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T; readonly changed?: boolean; readonly secret?: string | null; readonly etag?: string }
  | { readonly ok: false; readonly code: string; readonly status: number; readonly fields: readonly string[] };

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
  readonly total: number;
}

/** JSON of any shape, until a test has looked at it. */
type Json = ReturnType<typeof JSON.parse>;
type Write = { readonly dryRun?: boolean; readonly ifMatch?: string; readonly idempotencyKey?: string };
type Input = Readonly<Record<string, unknown>>;
export type DeliveryShown = Delivery & { readonly attempts?: readonly DeliveryAttempt[] };

/** What can be done with webhooks, the same on both faces. */
export interface WebhookFace {
  create(input: Input, write?: Write): Promise<Answer<Webhook>>;
  get(id: string): Promise<Answer<Webhook>>;
  list(filter?: Input, paging?: { limit?: number; cursor?: string; sort?: string }): Promise<Answer<Page<Webhook>>>;
  update(id: string, input: Input, write?: Write): Promise<Answer<Webhook>>;
  remove(id: string, write?: Write): Promise<Answer<Webhook | null>>;
  test(id: string): Promise<Answer<WebhookTest>>;
  rotate(id: string, input: Input, write?: Write): Promise<Answer<Webhook>>;
  deliveries(id: string, paging?: { limit?: number; cursor?: string; state?: string }): Promise<Answer<Page<Delivery>>>;
  delivery(webhook: string, id: string): Promise<Answer<DeliveryShown>>;
  redeliver(webhook: string, id: string, write?: Write): Promise<Answer<Delivery>>;
  redeliverRange(webhook: string, input: Input, write?: Write): Promise<Answer<RedeliveredRange>>;
}

function restFace({ url, key }: StartedApp): WebhookFace {
  const call = async <T>(method: string, path: string, { ifMatch, idempotencyKey, ...query }: Write & Input = {}, body?: Input): Promise<Answer<T>> => {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const address = `${url}/v1/webhooks${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
    const answer = await fetch(address, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const json: Json = answer.status === 204 ? null : await answer.json();
    if (!answer.ok) {
      const { code, status, errors } = json;
      return { ok: false, code, status, fields: errors.map(({ field }: { field: string }) => field) };
    }
    const { secret, ...value } = json ?? {};
    const etag = answer.headers.get('etag') ?? undefined;
    const changed = answer.status === 201 || answer.status === 204;
    return { ok: true, value: (json === null ? null : value) as T, secret, etag, changed };
  };
  return {
    create: (input, write) => call('POST', '', write, input),
    get: (id) => call('GET', `/${id}`),
    list: (filter, paging) => call('GET', '', { ...filter, ...paging }),
    update: (id, input, write) => call('PATCH', `/${id}`, write, input),
    remove: (id, write) => call('DELETE', `/${id}`, write),
    test: (id) => call('POST', `/${id}/test`),
    rotate: (id, input, write) => call('POST', `/${id}/rotate-secret`, write, input),
    deliveries: (id, paging) => call('GET', `/${id}/deliveries`, paging),
    delivery: (webhook, id) => call('GET', `/${webhook}/deliveries/${id}`),
    redeliver: (webhook, id, write) => call('POST', `/${webhook}/deliveries/${id}/redeliver`, write),
    redeliverRange: (webhook, input, write) => call('POST', `/${webhook}/redeliver`, write, input),
  };
}

const WEBHOOK = `id url description enabled disabledReason headers createdAt createdBy failing etag
  filter { types engines networks containers labels origins } lastDelivery { deliveryId at status failure }`;
const ATTEMPT = 'at durationMs status failure detail responseHead';
const DELIVERY = `id webhookId eventId eventCursor eventType subject { kind id name } state attemptCount queuedAt
  nextAttemptAt finishedAt`;
const KEYED = '$dryRun: Boolean, $idempotencyKey: String';
const SEND_KEYED = 'dryRun: $dryRun, idempotencyKey: $idempotencyKey';
const WRITE = `${KEYED}, $ifMatch: String`;
const SEND = `${SEND_KEYED}, ifMatch: $ifMatch`;
const OUTCOME = 'changed warnings';

function graphqlFace(app: StartedApp): WebhookFace {
  const ask = async <T>(query: string, variables: object, pick: (data: Json) => Json): Promise<Answer<T>> => {
    const { data, errors } = await app.gql<Json>(query, variables);
    const [error] = errors ?? [];
    if (error !== undefined) {
      const { code, status, errors: fields = [] } = error.extensions as Record<string, Json>;
      return { ok: false, code, status, fields: fields.map(({ field }: { field: string }) => field) };
    }
    const { etag, secret, changed, value } = pick(data);
    return { ok: true, value, etag, secret, changed };
  };
  const one = ({ webhook, ...rest }: Json) => {
    const { etag, ...value } = webhook;
    return { value, etag, ...rest };
  };
  const page = ({ nodes, pageInfo, totalCount }: Json) => ({
    value: {
      items: nodes.map(({ etag: _etag, ...node }: Json) => node),
      nextCursor: pageInfo.hasNextPage ? pageInfo.endCursor : null,
      total: totalCount,
    },
  });
  const keyed = ({ headers, ...input }: Input): Input => {
    if (headers === undefined || headers === null) return headers === null ? { ...input, headers } : input;
    return { ...input, headers: Object.entries(headers).map(([key, value]) => ({ key, value })) };
  };
  const PAGE = 'totalCount pageInfo { hasNextPage endCursor }';
  return {
    create: (input, write) =>
      ask(`mutation($input: CreateWebhookInput!, ${KEYED}) { createWebhook(input: $input, ${SEND_KEYED}) {
        webhook { ${WEBHOOK} } secret ${OUTCOME} } }`, { input: keyed(input), ...write }, (data) => one(data.createWebhook)),
    get: (id) => ask(`query($id: ID!) { webhook(id: $id) { ${WEBHOOK} } }`, { id }, one),
    list: (filter, { limit, cursor, sort } = {}) =>
      ask(`query($filter: WebhookFilterInput, $first: Int, $after: String, $orderBy: String) {
        webhooks(filter: $filter, first: $first, after: $after, orderBy: $orderBy) { nodes { ${WEBHOOK} } ${PAGE} } }`,
      { filter, first: limit, after: cursor, orderBy: sort }, (data) => page(data.webhooks)),
    update: (id, input, write) =>
      ask(`mutation($id: ID!, $input: UpdateWebhookInput!, ${WRITE}) { updateWebhook(id: $id, input: $input, ${SEND}) {
        webhook { ${WEBHOOK} } ${OUTCOME} } }`, { id, input: keyed(input), ...write }, (data) => one(data.updateWebhook)),
    remove: (id, write) =>
      ask(`mutation($id: ID!, ${WRITE}) { removeWebhook(id: $id, ${SEND}) { webhook { ${WEBHOOK} } ${OUTCOME} } }`,
        { id, ...write }, (data) => one(data.removeWebhook)),
    test: (id) =>
      ask(`mutation($id: ID!) { testWebhook(id: $id) { eventId delivered ${ATTEMPT} } }`, { id }, (data) => ({ value: data.testWebhook })),
    rotate: (id, input, write) =>
      ask(`mutation($id: ID!, $input: RotateSecretInput, ${WRITE}) { rotateWebhookSecret(id: $id, input: $input, ${SEND}) {
        webhook { ${WEBHOOK} } secret ${OUTCOME} } }`, { id, input, ...write }, (data) => one(data.rotateWebhookSecret)),
    deliveries: (id, { limit, cursor, state } = {}) =>
      ask(`query($id: ID!, $first: Int, $after: String, $state: DeliveryState) { webhook(id: $id) {
        deliveries(first: $first, after: $after, state: $state) { nodes { ${DELIVERY} } ${PAGE} } } }`,
      { id, first: limit, after: cursor, state }, (data) => page(data.webhook.deliveries)),
    delivery: (webhook, id) =>
      ask(`query($webhook: ID!, $id: ID!) { delivery(webhook: $webhook, delivery: $id) { ${DELIVERY} attempts { ${ATTEMPT} } } }`,
        { webhook, id }, (data) => ({ value: data.delivery })),
    redeliver: (webhook, id, write) =>
      ask(`mutation($webhook: ID!, $id: ID!, ${KEYED}) { redeliver(webhook: $webhook, delivery: $id, ${SEND_KEYED}) {
        delivery { ${DELIVERY} } ${OUTCOME} } }`, { webhook, id, ...write },
      ({ redeliver: { delivery, changed } }) => ({ value: delivery, changed })),
    redeliverRange: (webhook, input, write) =>
      ask(`mutation($webhook: ID!, $input: RedeliverRangeInput!, ${KEYED}) {
        redeliverRange(webhook: $webhook, input: $input, ${SEND_KEYED}) { range { queued } ${OUTCOME} } }`,
      { webhook, input, ...write }, ({ redeliverRange: { range, changed } }) => ({ value: range, changed })),
  };
}

export const WEBHOOK_FACES: readonly (readonly [string, (app: StartedApp) => WebhookFace])[] = [
  ['REST', restFace],
  ['GraphQL', graphqlFace],
];
