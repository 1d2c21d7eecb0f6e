import type { ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { keyedWrite } from '../../src/idempotency/keyed-write.js';
import { Sight } from '../../src/sight/sight.js';

interface Asked {
  readonly method?: string;
  readonly keyId?: string;
  /** Of a caller that is narrowed. */
  readonly sight?: string;
  readonly network?: string;
  readonly key?: string;
  readonly body?: unknown;
  readonly query?: object;
  readonly ifMatch?: string;
}

function rest({ method = 'PUT', keyId = 'a', sight, network = 'n', key = 'k', body = {}, query = {}, ifMatch }: Asked = {}) {
  const request = {
    method,
    body,
    query,
    params: { network },
    routeOptions: { url: '/v1/networks/:network' },
    headers: { 'idempotency-key': key, ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }) },
    caller: { keyId, sight: sight === undefined ? Sight.EVERYTHING : { isWhole: false, key: sight } },
  };
  return keyedWrite({ getType: () => 'http', switchToHttp: () => ({ getRequest: () => request }) } as unknown as ExecutionContext);
}

describe('a write with a key', () => {
  it('is known by its caller, method, real path and key', () => {
    const changes: Asked[] = [{}, { keyId: 'b' }, { method: 'DELETE' }, { network: 'm' }, { network: 'n/x' }, { key: 'l' }];
    expect(new Set(changes.map((asked) => rest(asked)?.id)).size).toBe(changes.length);
    expect(rest()).toMatchObject({ caller: 'a', method: 'PUT', path: '/v1/networks/n', key: 'k' });
    expect(rest({ network: 'a b/:c$&' })?.path).toBe('/v1/networks/a%20b%2F%3Ac%24%26');
  });

  it("is nobody else's, whatever callers are called", () => {
    expect(rest({ keyId: 'a', sight: 'b' })?.id).not.toBe(rest({ keyId: 'ab' })?.id);
    expect(rest({ keyId: 'a', sight: 'b' })?.id).not.toBe(rest({ keyId: 'a' })?.id);
    expect(rest({ keyId: 'a', sight: 'b' })).toMatchObject({ caller: 'a' });
  });

  it('is the same request where body, query and precondition are', () => {
    const changes: Asked[] = [{}, { body: { a: 1 } }, { body: { a: '1' } }, { query: { a: '1' } }, { ifMatch: '"t"' }, { body: [1] }, { body: { 0: 1 } }];
    expect(new Set(changes.map((asked) => rest(asked)?.asked)).size).toBe(changes.length);
    expect(rest({ body: { a: { b: 1, c: [1, 2] } } })?.asked).toBe(rest({ body: { a: { c: [1, 2], b: 1 } } })?.asked);
    expect(rest({ body: { a: [2, 1] } })?.asked).not.toBe(rest({ body: { a: [1, 2] } })?.asked);
  });

  it('is refused where its input is nested beyond all inputs', () => {
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;
    expect(() => rest({ body: deep })).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
  });
});
