import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../src/events/event.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { payloadValidator } from '../support/event-payloads.js';

interface Message {
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly [{ readonly payload: { readonly type: string; readonly data: object } }];
}

interface Description {
  readonly asyncapi: string;
  readonly channels: Readonly<Record<'stream' | 'webhook', { readonly messages: Readonly<Record<string, object>> }>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>>; readonly schemas: Readonly<Record<string, object>> };
}

describe('the AsyncAPI document', () => {
  let service: StartedApp;
  let document: Description;
  let validate: ReturnType<typeof payloadValidator>;
  beforeAll(async () => {
    service = await startApp();
    const { status, headers, body } = await service.stranger.get('/asyncapi.json');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    document = body as Description;
    validate = payloadValidator(document);
  });
  afterAll(() => service.close());

  it('is what AsyncAPI 3.0 says that one is', () => {
    // The schema brings its own copy of the meta-schema.
    const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
    ajvFormats.default(ajv);
    const isValid = ajv.compile(specs.schemas['3.0.0']);
    expect(isValid(document) ? [] : isValid.errors).toEqual([]);
    expect(isValid({ ...document, operations: { followEvents: { action: 'shout' } } })).toBe(false);
  });

  it('has a message for each type of events, on the stream and as a webhook, and no other but how a stream ends', () => {
    const { channels, components } = document;
    expect(Object.keys(components.messages)).toEqual([...EVENT_TYPES, 'end', 'error']);
    expect(Object.keys(channels.stream.messages)).toEqual([...EVENT_TYPES, 'end', 'error']);
    expect(Object.keys(channels.webhook.messages)).toEqual([...EVENT_TYPES]);
  });

  it('refers to nothing that it does not hold', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(refs.length).toBeGreaterThan(100);
    const held = (path: string): unknown =>
      path.split('/').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
    expect(refs.filter((path) => held(path) === undefined)).toEqual([]);
  });

  it.each(EVENT_TYPES)('shows an example of %s that is as its schema says, and only there', (type) => {
    const { payload } = document.components.messages[type]!.examples[0];
    expect(validate(type, payload)).toEqual([]);
    expect(validate('container.removed', payload).length > 0).toBe(type !== 'container.removed');
    expect(validate(type, { ...payload, data: { ...payload.data, origin: 'hearsay' } })).not.toEqual([]);
  });
});
