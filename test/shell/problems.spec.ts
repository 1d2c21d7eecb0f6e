import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/errors/domain.error.js';
import { ERROR_CODES, type ErrorCode } from '../../src/errors/error-codes.js';
import { statusOf } from '../../src/http/problem.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { DummyModule } from './dummy.module.js';

describe('problem details', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ extra: [DummyModule] });
  });
  afterAll(() => service.close());

  const post = (body: string, type = 'application/json') =>
    service.http.post('/v1/things').set('Content-Type', type).send(body);

  it('has every member of RFC 9457, the code and the extras', async () => {
    const { status, headers, body } = await service.http.get('/v1/things/web').set('X-Request-Id', 'my-id.1');
    expect(status).toBe(404);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(body).toEqual({
      type: 'urn:fairlead:error:NETWORK_NOT_FOUND',
      title: 'No such network',
      status: 404,
      detail: 'There is no network "web".',
      instance: 'urn:fairlead:request:my-id.1',
      code: 'NETWORK_NOT_FOUND',
      errors: [],
      engine: 'local',
    });
  });

  it.each([
    ['half an object', '{"name":', 'application/json', 400, 'MALFORMED_REQUEST'],
    ['an open text', '{"name":"a","name', 'application/json', 400, 'MALFORMED_REQUEST'],
    ['a prototype', '{"__proto__":{"x":1}}', 'application/json', 400, 'MALFORMED_REQUEST'],
    ['a form', 'name=a', 'application/x-www-form-urlencoded', 400, 'MALFORMED_REQUEST'],
    ['plain text', 'hello', 'text/plain', 400, 'MALFORMED_REQUEST'],
    ['XML', '<a/>', 'application/xml', 400, 'MALFORMED_REQUEST'],
    ['a list', '[]', 'application/json', 400, 'VALIDATION_FAILED'],
    ['a JSON text', '"text"', 'application/json', 400, 'VALIDATION_FAILED'],
    ['a number', '7', 'application/json', 400, 'VALIDATION_FAILED'],
    ['null', 'null', 'application/json', 400, 'VALIDATION_FAILED'],
    ['nothing', '', 'application/json', 400, 'VALIDATION_FAILED'],
    ['more than 256 KiB', `{"name":"${'x'.repeat(262_144)}"}`, 'application/json', 413, 'PAYLOAD_TOO_LARGE'],
    ['10 MB', `{"name":"${'x'.repeat(10_000_000)}"}`, 'application/json', 413, 'PAYLOAD_TOO_LARGE'],
    ['many open lists', '['.repeat(10_000), 'application/json', 400, 'MALFORMED_REQUEST'],
    ['more open lists than it may hold', '['.repeat(200_000), 'application/json', 400, 'VALIDATION_FAILED'],
    [
      'lists in lists',
      `{"name":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
      'application/json',
      400,
      'VALIDATION_FAILED',
    ],
  ])('answers a body of %s with a clear problem', async (_what, text, type, status, code) => {
    const answer = await post(text, type);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  it.each([
    ['an unknown address', 'GET', '/v1/nothing', 404, 'NOT_FOUND'],
    ['a broken escape', 'GET', '/v1/things/%zz', 400, 'MALFORMED_REQUEST'],
    ['bytes that are no text', 'GET', '/v1/things/%ff%fe', 400, 'MALFORMED_REQUEST'],
    ['a reference with slashes', 'GET', '/v1/things/..%2f..%2fetc', 404, 'NETWORK_NOT_FOUND'],
    ['an endless reference', 'GET', `/v1/things/${'x'.repeat(2000)}`, 400, 'MALFORMED_REQUEST'],
    ['a method that is not taken', 'DELETE', '/v1/things/t1', 405, 'METHOD_NOT_ALLOWED'],
    ['a method that is not taken', 'PATCH', '/v1/things', 405, 'METHOD_NOT_ALLOWED'],
    ['a method that is not taken', 'PUT', '/graphql', 405, 'METHOD_NOT_ALLOWED'],
  ])('answers %s (%s) with a clear problem', async (_what, method, path, status, code) => {
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${service.key}` },
    });
    const body = (await response.json()) as { code: string };
    expect({ status: response.status, code: body.code }).toEqual({ status, code });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('x-request-id')).toBeTruthy();
  });

  it('tells which methods an address takes', async () => {
    const { headers } = await service.http.delete('/v1/things');
    expect(headers.allow).toBe('GET, HEAD, POST');
  });

  it('hides the story of a fault from the caller and logs it under the request id', async () => {
    const answer = await service.http.get('/v1/things/fault').set('X-Request-Id', 'fault-7');
    expect(answer.status).toBe(500);
    expect(answer.body.code).toBe('INTERNAL');
    expect(answer.text).not.toMatch(/secret inner story|\.ts|at /);
    const line = service
      .logged()
      .split('\n')
      .find((text) => text.includes('secret inner story') && text.includes('"requestId":"fault-7"'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'error',
      err: { message: 'the secret inner story' },
    });
  });

  it.each([
    ['nonsense', 'NONSENSE\r\n\r\n', '400'],
    [
      'two lengths',
      'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      '400',
    ],
    ['a huge header', `GET / HTTP/1.1\r\nHost: a\r\nX-Big: ${'x'.repeat(40_000)}\r\n\r\n`, '413'],
  ])('answers even what is no HTTP request: %s', async (_what, bytes, status) => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    socket.end(bytes);
    const text = (await socket.toArray()).join('');
    expect(text.split(' ')[1]).toBe(status);
    expect(text).toContain('Content-Type: application/problem+json');
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({ status: Number(status) });
  });

  it.each(['', 'a b', 'ä', 'x'.repeat(129), 'a"b'])(
    'makes its own request id instead of %j',
    async (given) => {
      const { headers } = await service.http
        .get('/v1/things')
        .set('X-Request-Id', Buffer.from(given).toString('latin1'));
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it('hands back a sane request id', async () => {
    const { headers } = await service.http.get('/v1/things').set('X-Request-Id', 'trace_1.2-3');
    expect(headers['x-request-id']).toBe('trace_1.2-3');
  });
});

describe('the table of codes', () => {
  it('is the one in docs/errors.md, with the same statuses and titles', () => {
    const rows = readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `([A-Z_]+)` \| (\d{3}) \| (.+?) \|/gm);
    const documented = [...rows].map(([, code, status, title]) => ({ code, status: Number(status), title }));
    const known = (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => {
      const error = new DomainError(code, '');
      return { code, status: statusOf(error), title: error.title };
    });
    const byCode = (a: { code?: string }, b: { code?: string }): number =>
      (a.code ?? '') < (b.code ?? '') ? -1 : 1;
    expect(documented.sort(byCode)).toEqual(known.sort(byCode));
  });
});
