import { toCloudEvent } from './cloud-event.js';
import { EVENT_EXAMPLES, type EventExample } from './event-examples.js';
import { CLOUD_EVENT, eventSchemas, payloadSchema, refTo, type ApiDescription, type Schema } from './event-schemas.js';

const MEDIA_TYPE = 'application/cloudevents+json';

const DESCRIPTION = `Every change of networks, containers and attachments, in one order, kept in a log that can be read
again. \`docs/events.md\` says what is promised. The same events are to be had through GraphQL: the query \`events\`
for history, and the subscription \`events(filter, after)\` over WebSocket (graphql-transport-ws) at \`/graphql\`,
which \`schema.graphql\` describes.`;

const STREAM = `Server-sent events. In each \`data\` is the event, \`event\` is its type and \`id\` its cursor: who
comes back with it as \`Last-Event-ID\` goes on behind it, with no gap and no repeat. A cursor that cannot be resumed
from is answered with 410 and \`CURSOR_EXPIRED\`. Lines that begin with a colon keep the connection alive.`;

const WEBHOOK = `Deliveries to the URL of a webhook, signed by the Standard Webhooks specification. What is not answered
with 2xx is delivered again for about 3 days, so an event may come more than once: under the same \`webhook-id\`.`;

const FILTERS = ['types', 'engines', 'networks', 'containers', 'labels', 'origins'] as const;

const HEADERS: Schema = {
  type: 'object',
  properties: {
    'webhook-id': { type: 'string', description: "The event's id: the same at each attempt." },
    'webhook-timestamp': {
      type: 'string',
      pattern: '^\\d+$',
      description: 'When this attempt was made, in seconds since 1970.',
    },
    'webhook-signature': {
      type: 'string',
      description:
        '`v1,<base64>`: HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`; several, with spaces between them, ' +
        'while a secret is being replaced.',
    },
  },
  required: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
};

const unfold = (text: string): string => text.replaceAll('\n', ' ');

/** The AsyncAPI document: what is sent to those who follow, drawn from the types of events and the OpenAPI document. */
export function describeEvents(api: ApiDescription, version: string): object {
  const types = Object.entries(EVENT_EXAMPLES);
  const payloads = types.map(([type, example]) => [type, payloadSchema(example)] as const);
  const messages = types.map(([type, example]) => [type, message(type, example)] as const);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Fairlead events',
      version,
      description: unfold(DESCRIPTION),
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: MEDIA_TYPE,
    servers: servers(),
    channels: { stream: stream(types.map(([type]) => type)), webhook: webhook(types) },
    operations: operations(),
    components: {
      messages: { ...Object.fromEntries(messages), ...streamEnds() },
      messageTraits: { signed: { headers: HEADERS } },
      schemas: { ...Object.fromEntries(payloads), CloudEvent: CLOUD_EVENT, ...eventSchemas(api) },
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, or a token of an issuer that the service was told to trust.' } },
    },
  };
}

function message(type: string, { summary, event }: EventExample): Schema {
  return {
    ...{ name: type, title: type, summary, contentType: MEDIA_TYPE, payload: refTo(type) },
    examples: [{ name: type, payload: toCloudEvent(event) }],
  };
}

/** What a stream says of itself. */
function streamEnds(): Readonly<Record<string, Schema>> {
  const text = (description: string): Schema => ({ type: 'string', description });
  const why = { reason: text('Why, in words.') };
  const problem = {
    code: text('Such as `CURSOR_EXPIRED`.'),
    detail: text('What happened and what to do.'),
    oldestCursor: text('With `CURSOR_EXPIRED`: everything that is kept comes after it.'),
    latestCursor: text('With `CURSOR_EXPIRED`: the present.'),
  };
  const end = { type: 'object', properties: why, required: ['reason'] };
  const error = { type: 'object', properties: problem, required: ['code', 'detail'] };
  const ofTheStream = (name: string, summary: string, payload: Schema): Schema => {
    return { name, title: name, summary, contentType: 'application/json', payload };
  };
  return {
    end: ofTheStream('end', 'The service stops: come back with the last id.', end),
    error: ofTheStream('error', 'The reader is behind what is kept: `code` says so. The stream ends.', error),
  };
}

function servers(): object {
  const receiver = { description: 'Host of a receiver, from the URL of its webhook.' };
  return {
    service: {
      ...{ host: '127.0.0.1:4700', protocol: 'http', description: 'The service, where it listens by default.' },
      security: [{ $ref: '#/components/securitySchemes/apiKey' }],
    },
    receiver: { host: '{receiver}', protocol: 'https', description: 'A receiver of webhooks.', variables: { receiver } },
  };
}

function stream(types: readonly string[]): object {
  const names = [...types, 'end', 'error'];
  return {
    ...{ address: '/v1/events', title: 'Event stream', description: unfold(STREAM), servers: [{ $ref: '#/servers/service' }] },
    messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
  };
}

function webhook(types: readonly (readonly [string, EventExample])[]): object {
  const signed = ([type, { summary }]: readonly [string, EventExample]): [string, Schema] => {
    const traits = [{ $ref: '#/components/messageTraits/signed' }];
    return [type, { name: type, title: type, summary, contentType: MEDIA_TYPE, traits, payload: refTo(type) }];
  };
  return {
    ...{ address: null, title: 'Webhook', description: unfold(WEBHOOK), servers: [{ $ref: '#/servers/receiver' }] },
    messages: Object.fromEntries(types.map(signed)),
  };
}

function operations(): object {
  const list = { type: 'array', items: { type: 'string' } };
  const query = {
    type: 'object',
    properties: {
      ...Object.fromEntries(FILTERS.map((name) => [name, { ...list, description: `As \`${name}\` of GET /v1/events.` }])),
      after: { type: 'string', description: 'Cursor of the event after which to begin; without it the stream begins now.' },
    },
  };
  return {
    followEvents: {
      ...{ action: 'send', channel: { $ref: '#/channels/stream' }, summary: 'Replay events after a cursor and follow them' },
      description: 'Asked for by GET with `Accept: text/event-stream`.',
      bindings: { http: { method: 'GET', query, bindingVersion: '0.3.0' } },
    },
    deliverEvent: {
      ...{ action: 'send', channel: { $ref: '#/channels/webhook' }, summary: 'Deliver an event to a webhook' },
      bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
    },
  };
}
