import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everything, startService, type Service } from './service.js';

/** Values that have broken other services. */
const ODD = [
  '', ' ', '..', '../../etc/passwd', '%2e%2e%2f', '\u0000', 'a\u0000b', '\u202e', '💥', 'x'.repeat(2000), '-1', '1e309', 'NaN',
  'null', '__proto__', 'constructor', '{"a":1}', '[]', "' or 1=1", '10.0.0.0/33', '::/129', '999999999999999999999', 'true', '*',
] as const;
const ODD_BODIES: readonly unknown[] = [
  {}, [], null, 'text', 7, true, { name: null }, { name: 7 }, { name: ['a'] }, { name: 'a', unknown: 1 }, { name: '\u0000' },
  { name: 'ok', ipam: 'x' }, { name: 'ok', ipam: { pools: [null] } }, { name: 'ok', ipam: { pools: [{ subnet: 'x' }] } },
  { name: 'ok', labels: { a: 1 } }, { name: 'ok', labels: [] }, { name: 'ok', options: { '': 'x' } }, { image: '' },
  { image: 'fl-busybox', networks: [{}] }, { image: 'fl-busybox', networks: [{ network: '..' }] }, { network: 'x', container: 'y' },
  { image: 'fl-busybox', publishedPorts: [{ containerPort: 99999 }] }, { image: 'fl-busybox', networkMode: 'container:' },
];

interface Route {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly takesBody: boolean;
}

/** Every route of the published contract. */
function routes(): Route[] {
  const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
    paths: Record<string, Record<string, { parameters?: Route['parameters']; requestBody?: unknown }>>;
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method,
      path,
      parameters: operation.parameters ?? [],
      takesBody: operation.requestBody !== undefined,
    })),
  );
}

describe('odd requests', () => {
  let service: Service;
  /** Deterministic, so that a failure can be had again. */
  let seed = 4700;
  const pick = <T>(values: readonly T[]): T => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return values[seed % values.length] as T;
  };

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(async () => {
    await service.stop();
  });

  const ask = async (path: string, init: RequestInit = {}): Promise<{ status: number; text: string; type: string }> => {
    const headers = { authorization: `Bearer ${service.app.key}`, ...(init.headers as Record<string, string>) };
    const response = await fetch(`${service.app.url}${path}`, { ...init, headers });
    return { status: response.status, text: await response.text(), type: response.headers.get('content-type') ?? '' };
  };

  it('to every route of the contract get an answer that blames the caller, and change nothing', async () => {
    const before = await everything(service.engine);
    for (const route of routes()) {
      for (let round = 0; round < 12; round += 1) {
        const path = route.path.replace(/\{[^}]+\}/g, () => encodeURIComponent(pick(ODD)));
        const query = new URLSearchParams();
        for (const parameter of route.parameters) {
          if (parameter.in === 'query' && pick([true, false])) query.append(parameter.name, pick(ODD));
        }
        // Pruning with no filter is a sane request that would change something.
        if (route.path.endsWith('/prune')) query.set('dryRun', 'true');
        const body = route.takesBody ? { body: JSON.stringify(pick(ODD_BODIES)), headers: { 'content-type': 'application/json' } } : {};
        const answer = await ask(`${path}?${query.toString()}`, { method: route.method.toUpperCase(), ...body });
        const what = `${route.method} ${path}?${query.toString()} ${'body' in body ? body.body : ''}`;
        expect(answer.status, what).toBeLessThan(500);
        if (answer.status >= 400) {
          expect(answer.type, what).toContain('application/problem+json');
          expect(JSON.parse(answer.text), what).toMatchObject({ status: answer.status, code: expect.stringMatching(/^[A-Z_]+$/) as string });
        }
      }
    }
    expect(await everything(service.engine)).toBe(before);
  }, 60_000);

  it('over GraphQL get a code as well', async () => {
    const before = await everything(service.engine);
    const operations = [
      'query ($v: String!) { network(ref: $v) { id } }',
      'query ($v: String!) { container(ref: $v, engine: $v) { id } }',
      'query ($v: String!) { networks(after: $v) { totalCount } }',
      'query ($v: String!) { networks(orderBy: $v, filter: {containsAddress: $v}) { totalCount } }',
      'query ($v: String!) { events(after: $v) { totalCount } }',
      'mutation ($v: String!) { createNetwork(input: {name: $v, driver: $v}, dryRun: true) { changed } }',
      'mutation ($v: String!) { createContainer(input: {image: $v, networkMode: $v}, dryRun: true) { changed } }',
      'mutation ($v: String!) { attach(input: {network: $v, container: $v, ipv4Address: $v}) { changed } }',
      'mutation ($v: String!) { removeNetwork(ref: $v, ifMatch: $v, detach: true) { changed } }',
    ];
    for (const query of operations) {
      for (const v of ODD) {
        const { status, errors } = await service.app.gql(query, { v });
        expect(status, `${query} ${v}`).toBeLessThan(500);
        for (const { extensions } of errors ?? []) {
          expect(extensions.code, `${query} ${v}`).toMatch(/^[A-Z_]+$/);
          expect(extensions.status, `${query} ${v}`).toBeLessThan(500);
        }
      }
    }
    expect(await everything(service.engine)).toBe(before);
  }, 60_000);

  it('of ten megabytes are refused before they are read', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(10 * 1024 * 1024) });
    for (const path of ['/v1/networks', '/graphql']) {
      const answer = await ask(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
      expect(answer.status).toBe(413);
      expect(answer.text).toContain('PAYLOAD_TOO_LARGE');
    }
  });
});
