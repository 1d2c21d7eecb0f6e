import type { EventExample } from './event-examples.js';

export type Schema = Readonly<Record<string, unknown>>;

/** As much of an OpenAPI 3.1 document as is drawn from. */
export interface ApiDescription {
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
}

const EVENT = 'EventModel';
const PREFIX = '#/components/schemas/';

export function refTo(name: string): Schema {
  return { $ref: `${PREFIX}${name}` };
}

/** The schemas of an event and of all that it holds, as AsyncAPI has them: OpenAPI's, but for the word of examples. */
export function eventSchemas({ components }: ApiDescription): Readonly<Record<string, unknown>> {
  const all = components?.schemas ?? {};
  const taken: Record<string, unknown> = {};
  const take = (name: string): void => {
    if (name in taken) return;
    const schema = all[name];
    if (schema === undefined) throw new Error(`There is no schema ${name}`);
    taken[name] = toJsonSchema(schema);
    for (const other of namesIn(schema)) take(other);
  };
  take(EVENT);
  return taken;
}

function toJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const { example, properties, ...rest } = value as Schema & { readonly properties?: Schema };
  const keywords = Object.entries(rest).map(([keyword, content]) => [keyword, toJsonSchema(content)]);
  const fields = Object.entries(properties ?? {}).map(([field, schema]): [string, unknown] => [field, toJsonSchema(schema)]);
  return {
    ...Object.fromEntries(keywords),
    // A field may be called as a keyword is.
    ...(properties === undefined ? {} : { properties: Object.fromEntries(fields) }),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}

function namesIn(schema: unknown): string[] {
  return [...JSON.stringify(schema).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? '');
}

/** CloudEvents 1.0 in its JSON format, as `toCloudEvent` writes it. */
export const CLOUD_EVENT: Schema = {
  type: 'object',
  description: 'An event in the JSON format of CloudEvents 1.0.',
  properties: {
    specversion: { type: 'string', const: '1.0', description: 'Version of CloudEvents.' },
    id: { type: 'string', description: 'Id of the event, unique; the `webhook-id` of its deliveries.' },
    source: { type: 'string', format: 'uri-reference', description: '`/engines/<name>`, or `/webhooks`.' },
    type: { type: 'string', description: 'Type of the event.' },
    subject: { type: 'string', description: '`networks/<id>` and so on.' },
    time: { type: 'string', format: 'date-time', description: "When it happened, by the engine's clock." },
    datacontenttype: { type: 'string', const: 'application/json', description: 'Of `data`.' },
    data: { description: 'The whole event.', allOf: [refTo(EVENT)] },
  },
  required: ['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'data'],
};

/** What is particular to events of one type. */
export function payloadSchema({ summary, event: { type, subject } }: EventExample): Schema {
  const about = { type: 'object', properties: { kind: { const: subject.kind } } };
  const data = { type: 'object', properties: { type: { const: type }, subject: about } };
  return {
    description: summary,
    allOf: [refTo('CloudEvent'), { type: 'object', properties: { type: { const: type }, data } }],
  };
}
