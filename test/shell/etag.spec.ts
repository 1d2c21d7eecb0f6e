import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEntityTags } from '../../src/http/entity-tags.js';
import { resourceTag } from '../../src/inventory/resource-tag.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { DummyModule } from './dummy.module.js';

describe('resourceTag', () => {
  it('is strong, and the same for the same state in whatever order', () => {
    expect(resourceTag({ a: 1, b: { c: [1], d: 2 } })).toBe(resourceTag({ b: { d: 2, c: [1] }, a: 1 }));
    expect(resourceTag({ a: 1 })).toMatch(/^"[A-Za-z0-9_-]{27,43}"$/);
  });

  it('changes with any part of the state, order of lists included, but not with `syncedAt`', () => {
    const tags = [{ a: [1, 2] }, { a: [2, 1] }, { a: ['1', 2] }, { a: null }, {}, { a: { '0': 1 } }].map(
      resourceTag,
    );
    expect(new Set(tags).size).toBe(tags.length);
    expect(resourceTag({ a: 1, syncedAt: 'x' })).toBe(resourceTag({ a: 1, syncedAt: 'y' }));
  });
});

describe('parseEntityTags', () => {
  it.each([
    [undefined, undefined],
    [' ', undefined],
    ['*', '*'],
    ['"a"', ['"a"']],
    ['"a", W/"b" ,"c,d"', ['"a"', 'W/"b"', '"c,d"']],
    ['nonsense', []],
  ])('reads %j', (header, tags) => {
    expect(parseEntityTags(header)).toEqual(tags);
  });
});

describe('a single resource', () => {
  let service: StartedApp;
  let tag: string;
  beforeAll(async () => {
    service = await startApp({ extra: [DummyModule] });
    tag = (await service.http.get('/v1/things/t1')).headers.etag ?? '';
  });
  afterAll(() => service.close());

  it('carries its ETag', () => {
    expect(tag).toMatch(/^"[A-Za-z0-9_-]{27,43}"$/);
  });

  it('is not sent again to who has it', async () => {
    for (const given of [tag, `W/${tag}`, '*', `"other", ${tag}`]) {
      const { status, headers, text } = await service.http.get('/v1/things/t1').set('If-None-Match', given);
      expect({ status, etag: headers.etag, text }).toEqual({ status: 304, etag: tag, text: '' });
    }
  });

  it('is sent to who has another state', async () => {
    for (const given of ['"other"', 'x', `"${tag}"`]) {
      expect((await service.http.get('/v1/things/t1').set('If-None-Match', given)).status).toBe(200);
    }
    expect((await service.http.get('/v1/things/t0').set('If-None-Match', tag)).status).toBe(200);
  });

  it('has no tag where there is none', async () => {
    expect((await service.http.get('/v1/things/none')).headers.etag).toBeUndefined();
  });
});
