import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type StartedApp } from '../support/start-app.js';
import { Attacker } from './attacker.js';

/** What a proxy in front and the service could read in two ways: whoever sends it would have a request of theirs taken for somebody else's. */
describe('a request that can be read in two ways', () => {
  let service: StartedApp;
  let attacker: Attacker;
  beforeAll(async () => {
    service = await startApp();
    attacker = new Attacker(service.url, service.key);
  });
  afterAll(async () => {
    attacker.leave();
    await service.close();
  });

  const head = (line: string, ...fields: string[]): string =>
    [`${line} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${service.key}`, ...fields, '', ''].join('\r\n');
  const get = (...fields: string[]): string => head('GET /v1/networks', ...fields);
  const post = (...fields: string[]): string => head('POST /v1/networks?dryRun=true', 'Content-Type: application/json', ...fields);
  /** Would be answered 200, were it taken for a request of its own. */
  const hidden = (): string => get();

  const CHUNKED = 'Transfer-Encoding: chunked';
  const AMBIGUOUS: readonly (readonly [string, () => string])[] = [
    ['a length and chunks', () => `${post('Content-Length: 4', CHUNKED)}0\r\n\r\n${hidden()}`],
    ['chunks and a length', () => `${post(CHUNKED, 'Content-Length: 4')}0\r\n\r\n${hidden()}`],
    ['two lengths', () => `${post('Content-Length: 2', 'Content-Length: 3')}{}${hidden()}`],
    ['one length twice', () => `${post('Content-Length: 2', 'Content-Length: 2')}{}${hidden()}`],
    ['a list of lengths', () => `${post('Content-Length: 2, 2')}{}${hidden()}`],
    ['a length with a sign', () => `${post('Content-Length: +2')}{}${hidden()}`],
    ['a negative length', () => `${post('Content-Length: -1')}{}${hidden()}`],
    ['a length in hexadecimal', () => `${post('Content-Length: 0x2')}{}${hidden()}`],
    ['a length beyond all numbers', () => `${post('Content-Length: 99999999999999999999')}{}`],
    ['a space before the colon', () => `${post('Content-Length : 2')}{}${hidden()}`],
    ['an encoding that is nearly chunked', () => `${post('Transfer-Encoding: xchunked')}0\r\n\r\n${hidden()}`],
    ['chunked, but not at last', () => `${post('Transfer-Encoding: chunked, identity')}0\r\n\r\n${hidden()}`],
    ['two encodings', () => `${post(CHUNKED, 'Transfer-Encoding: identity')}0\r\n\r\n${hidden()}`],
    ['a folded encoding', () => `${post('Transfer-Encoding:\r\n chunked')}0\r\n\r\n${hidden()}`],
    ['a folded header', () => get('X-Folded: a\r\n b')],
    ['bare line feeds', () => hidden().replaceAll('\r\n', '\n')],
    ['one bare line feed', () => get('X-One: a\nX-Two: b')],
    ['a bare carriage return', () => get('X-One: a\rX-Two: b')],
    ['a NUL byte', () => get('X-Nul: a\0b')],
    ['a space in a name', () => get('X Space: a')],
    ['chunks in HTTP/1.0', () => `${post(CHUNKED).replace('HTTP/1.1', 'HTTP/1.0')}0\r\n\r\n${hidden()}`],
    ['line feeds in chunks', () => `${post(CHUNKED)}2\n{}\n0\n\n${hidden()}`],
    ['a line feed in an extension', () => `${post(CHUNKED)}2;\n{}\r\n0\r\n\r\n${hidden()}`],
    ['an endless extension', () => `${post(CHUNKED)}2;${'a'.repeat(100_000)}\r\n{}\r\n0\r\n\r\n`],
    ['a chunk in hexadecimal of C', () => `${post(CHUNKED)}0x2\r\n{}\r\n0\r\n\r\n${hidden()}`],
    ['a chunk beyond all numbers', () => `${post(CHUNKED)}fffffffffffffffff\r\n{}\r\n0\r\n\r\n`],
    ['a chunk that is longer than it says', () => `${post(CHUNKED)}2\r\n{}x\r\n0\r\n\r\n${hidden()}`],
    ['a second version', () => hidden().replace('HTTP/1.1', 'HTTP/1.1 HTTP/1.1')],
    ['two hosts', () => get('Host: other')],
    ['two keys', () => get('Authorization: Bearer another-key-altogether')],
    ['two types', () => `${post('Content-Type: text/plain', 'Content-Length: 2')}{}`],
    ['no host', () => hidden().replace('Host: localhost\r\n', '')],
  ];

  it.each(AMBIGUOUS)('by %s is refused, and what follows on the connection is not read', async (_what, bytes) => {
    const { statuses, isClosed } = await attacker.exchange(bytes(), 5_000);
    expect({ statuses, isClosed }).toEqual({ statuses: [400], isClosed: true });
  });

  it.each([
    ['a body where none is meant', () => `${get(`Content-Length: ${hidden().length}`)}${hidden()}`, 200],
    ['fields after the last chunk', () => `${post(CHUNKED)}2\r\n{}\r\n0\r\nAuthorization: Bearer none\r\nHost: other\r\n\r\n`, 400],
    ['an address with another host', () => head('GET http://other/v1/networks'), 421],
    ['an address with its own host', () => head('GET http://localhost/v1/networks'), 200],
  ])('no more than it seems: %s', async (_what, bytes, status) => {
    expect((await attacker.exchange(bytes())).statuses).toEqual([status]);
  });

  it.each([
    ['an upgrade to HTTP/2', () => get('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk')],
    ['an upgrade to something unknown', () => get('Connection: Upgrade', 'Upgrade: tunnel')],
    ['a tunnel', () => head('CONNECT other:80')],
  ])('opens nothing by %s', async (_what, bytes) => {
    const { statuses, isClosed } = await attacker.exchange(bytes(), 5_000);
    expect(statuses).not.toContain(200);
    expect(statuses).not.toContain(101);
    expect(isClosed).toBe(true);
  });

  it.each([
    ['an address', () => head(`GET /v1/networks?name=${'a'.repeat(9_000)}`), 413],
    ['a header', () => get(`X-Long: ${'a'.repeat(20_000)}`), 413],
    ['a great many headers', () => get(...Array.from({ length: 3_000 }, () => 'a: b')), 413],
  ])('is refused for the length of %s', async (_what, bytes, status) => {
    const { statuses, isClosed, text } = await attacker.exchange(bytes(), 5_000);
    expect({ statuses, isClosed }).toEqual({ statuses: [status], isClosed: true });
    expect(text).toContain('"code":"PAYLOAD_TOO_LARGE"');
  });

  it.each(['gzip', 'deflate', 'br', 'zstd', 'identity, gzip'])('is refused where its body is compressed (%s)', async (encoding) => {
    const { status, text } = await attacker.send('POST', '/v1/networks', Buffer.alloc(100), { 'content-encoding': encoding });
    expect({ status, code: (JSON.parse(text) as { code: string }).code }).toEqual({ status: 400, code: 'MALFORMED_REQUEST' });
  });
});
