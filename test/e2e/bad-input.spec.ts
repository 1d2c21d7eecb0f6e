import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { everything, standing, startService, type Service } from './service.js';

let service: Service;
/** As the engine itself says: taken once, since nothing below may change it. */
let before: string;
let names: Awaited<ReturnType<typeof standing>>;
beforeAll(async () => {
  service = await startService();
  await service.app.http.post('/v1/networks').send({ name: 'front', ipam: { pools: [{ subnet: '10.41.0.0/24' }] } }).expect(201);
  const web = { name: 'web', image: 'fl-busybox', command: ['sleep', '3600'], networks: [{ network: 'front' }] };
  await service.app.http.post('/v1/containers').send(web).expect(201);
  before = await everything(service.engine);
  names = await standing(service.engine);
});
afterAll(() => service.stop());

// Whatever is asked for below: nothing is made or removed, and the service goes on answering.
afterEach(async () => {
  expect(await standing(service.engine)).toEqual(names);
  await service.app.http.get('/v1/networks/front').expect(200);
});
// Nor is anything changed.
afterAll(async () => {
  expect(await everything(service.engine)).toBe(before);
});

interface RawAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Sends the path as it is written: other clients tidy it up first. */
function send({ method = 'GET', path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(service.app.url);
  const all = { authorization: `Bearer ${service.app.key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers };
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers: all, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function expectRefused({ status, type, text }: RawAnswer, what: string, code?: string): void {
  expect(status, `${what}: ${text.slice(0, 300)}`).toBeGreaterThanOrEqual(400);
  expect(status, `${what}: ${text.slice(0, 300)}`).toBeLessThan(500);
  expect(type, what).toContain('application/problem+json');
  const problem = JSON.parse(text) as { code: string; status: number; detail: string };
  expect(problem.status, what).toBe(status);
  if (code !== undefined) expect(problem.code, `${what}: ${text.slice(0, 300)}`).toBe(code);
  else expect(problem.code, what).toMatch(/^[A-Z_]+$/);
}

const WRITES = ['/v1/networks', '/v1/networks/prune', '/v1/containers', '/v1/attachments'];

describe('a body', () => {
  const MALFORMED: readonly (readonly [string, string | Buffer])[] = [
    ['half an object', '{"name": "half"'],
    ['no JSON at all', 'name=half'],
    ['a comma too many', '{"name": "half",}'],
    ['a single quote', "{'name': 'half'}"],
    ['NaN', '{"name": NaN}'],
    ['a lone brace', '}'],
    ['a NUL byte', Buffer.from('{"name": "a\0b"}')],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31])],
    ['a prototype', '{"__proto__": {"name": "half"}}'],
    ['a constructor', '{"constructor": {"prototype": {"name": "half"}}}'],
  ];

  it.each(MALFORMED)('that is %s is refused on every write', async (what, body) => {
    for (const path of WRITES) {
      expectRefused(await send({ method: 'POST', path, body }), `${path} ${what}`);
    }
    const attach = '/v1/networks/front/attachments/web';
    expectRefused(await send({ method: 'PUT', path: attach, body }), `${attach} ${what}`);
  });

  it.each(['null', '[]', '"text"', '7', 'true', '[{"name": "half"}]'])('of %s in place of an object is refused', async (body) => {
    for (const path of ['/v1/networks', '/v1/containers', '/v1/attachments']) {
      expectRefused(await send({ method: 'POST', path, body }), `${path} ${body}`);
    }
  });

  it('that is empty is refused where a field is required', async () => {
    for (const path of ['/v1/networks', '/v1/containers', '/v1/attachments']) {
      expectRefused(await send({ method: 'POST', path }), path);
      expectRefused(await send({ method: 'POST', path, body: '' }), path);
      expectRefused(await send({ method: 'POST', path, body: '{}' }), path, 'VALIDATION_FAILED');
    }
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/xml', 'nonsense', ''])(
    'of the type "%s" is refused',
    async (type) => {
      const body = '{"name": "typed"}';
      expectRefused(await send({ method: 'POST', path: '/v1/networks', body, headers: { 'content-type': type } }), type, 'MALFORMED_REQUEST');
    },
  );

  it('nested a hundred thousand deep is refused and does not end the service', async () => {
    const body = `{"name": "deep", "labels": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expectRefused(await send({ method: 'POST', path: '/v1/networks', body }), 'deep');
  });
});

describe('a field', () => {
  const WRONG = [null, true, 7, -1, 1.5, '', ' ', [], {}, [[]], [null], 'x'.repeat(5_000), 'a\u0000b', 'a\nb', '🐳', '../x', '\u202Eabc'];

  it.each([
    ['/v1/networks', ['name', 'driver', 'labels', 'options', 'ipam', 'internal', 'nosuch']],
    ['/v1/containers', ['name', 'image', 'labels', 'networks', 'networkMode', 'publishedPorts', 'dns', 'start', 'command', 'nosuch']],
    ['/v1/attachments', ['network', 'container', 'ipv4Address', 'aliases', 'driverOptions', 'nosuch']],
  ])('of %s with a value that it cannot hold is no fault of the service', async (path, fields) => {
    for (const field of fields) {
      for (const value of WRONG) {
        // The rest is sound, so that the wrong value alone decides; some are allowed, and a dry run makes nothing.
        const sound = path === '/v1/containers' ? { image: 'fl-busybox' } : path === '/v1/networks' ? { name: 'sound' } : {};
        const body = JSON.stringify({ ...sound, [field]: value });
        const answer = await send({ method: 'POST', path: `${path}?dryRun=true`, body });
        const what = `${path} ${field}=${JSON.stringify(value).slice(0, 40)}`;
        if (answer.status === 200) expect(field, what).not.toBe('nosuch');
        else expectRefused(answer, what);
      }
    }
  });

  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.5/24', '10.0.0/24', '300.0.0.0/24', 'fd00::/129', '10.0.0.0/-1', '10.0.0.0/24 ', '１０.0.0.0/24', '127.0.0.0/24', '224.0.0.0/24', '0.0.0.0/0'])(
    'with the CIDR "%s" is refused',
    async (subnet) => {
      const body = JSON.stringify({ name: 'wrong-cidr', ipam: { pools: [{ subnet }] } });
      expectRefused(await send({ method: 'POST', path: '/v1/networks', body }), subnet);
    },
  );

  it.each(['', ' ', 'a b', 'a/b', '-a', '../a', 'ünï', '🐳', 'a\u0000b', 'a\nb', 'a\u0007', '\u202Ea', 'x'.repeat(300), 'host', 'none', 'default', 'ingress'])(
    'with the name %j is refused for a network',
    async (name) => {
      expectRefused(await send({ method: 'POST', path: '/v1/networks', body: JSON.stringify({ name }) }), name);
    },
  );

  it('that is unknown is named, with all others that are', async () => {
    const answer = await send({ method: 'POST', path: '/v1/networks', body: '{"name": "named", "subnet": "10.0.0.0/24", "Name": "b"}' });
    expectRefused(answer, 'unknown', 'VALIDATION_FAILED');
    const { errors } = JSON.parse(answer.text) as { errors: { field: string }[] };
    expect(errors.map(({ field }) => field).sort()).toEqual(['Name', 'subnet']);
  });
});

describe('an address', () => {
  const IDS = ['..', '../x', '..%2f..%2fetc%2fpasswd', '%2f', '%00', '%', '%zz', '%ff%fe', '%0d%0aX-Injected:%201', '__proto__', 'a'.repeat(900), 'a'.repeat(5_000), '🐳', '%F0%9F%90%B3', '*', '?', '#', ';', '~', '.', 'front%00', '%20front'];
  const paths = (id: string): (readonly [string, string])[] => [
    ['GET', `/v1/networks/${id}`],
    ['DELETE', `/v1/networks/${id}`],
    ['GET', `/v1/networks/${id}/attachments/${id}`],
    ['DELETE', `/v1/networks/${id}/attachments/${id}`],
    ['PUT', `/v1/networks/${id}/attachments/${id}`],
    ['GET', `/v1/containers/${id}`],
    ['DELETE', `/v1/containers/${id}?force=true`],
    ['POST', `/v1/containers/${id}/stop`],
    ['GET', `/v1/attachments/${id}`],
    ['DELETE', `/v1/attachments/${id}`],
    ['GET', `/v1/engines/${id}`],
    ['POST', `/v1/engines/${id}/test`],
  ];

  it.each(IDS)('with the id %s leads nowhere', async (id) => {
    for (const [method, path] of paths(encodeUnlessAscii(id))) {
      const answer = await send({ method, path });
      // "?" and "#" end the path, and what is left may be a list.
      if (method === 'GET' && answer.status === 200 && /[?#]|^\.$/.test(id)) continue;
      expectRefused(answer, `${method} ${path.slice(0, 80)}`);
      expect(answer.text).not.toContain('root:');
    }
  });

  function encodeUnlessAscii(id: string): string {
    // node:http refuses to send what is not Latin-1; the bytes go out as a client would percent-encode them.
    return /^[\x20-\x7e]*$/.test(id) ? id.replaceAll(' ', '%20') : encodeURIComponent(id);
  }

  it.each(['PATCH', 'PUT', 'DELETE', 'POST'])('that takes no %s says so', async (method) => {
    for (const path of ['/v1/tasks', '/v1/events', '/health/live']) {
      const answer = await send({ method, path, ...(method === 'DELETE' ? {} : { body: '{}' }) });
      expect([404, 405], `${method} ${path}: ${answer.text}`).toContain(answer.status);
      expectRefused(answer, `${method} ${path}`);
    }
  });
});

describe('a parameter', () => {
  const LISTS = ['/v1/networks', '/v1/containers', '/v1/attachments', '/v1/engines', '/v1/events', '/v1/networks/front/attachments'];

  it.each(['limit=-1', 'limit=0', 'limit=501', 'limit=99999999999999999999', 'limit=1.5', 'limit=1e2', 'limit=abc', 'limit=', 'limit=1&limit=2', 'limit[]=1', 'limit[a]=1', 'nosuch=1', '__proto__=1', 'constructor=1', 'limit=%00'])(
    '%s is refused by every list',
    async (query) => {
      for (const path of LISTS) expectRefused(await send({ path: `${path}?${query}` }), `${path}?${query}`, 'VALIDATION_FAILED');
    },
  );

  it('that is a cursor which was tampered with is refused by every list', async () => {
    for (const path of LISTS) {
      const page = JSON.parse((await send({ path: `${path}?limit=1` })).text) as { nextCursor: string | null };
      const good = page.nextCursor ?? Buffer.from('["abc","x"]').toString('base64url');
      const wrong = [`${good}A`, good.slice(1), good.slice(0, -2), good.toUpperCase(), 'e30', 'W10', '%00', '🐳', 'null', '..%2f'];
      for (const cursor of wrong.filter((each) => each !== good)) {
        const answer = await send({ path: `${path}?limit=1&cursor=${/^[\x20-\x7e]*$/.test(cursor) ? cursor : encodeURIComponent(cursor)}` });
        // Of an event cursor's letters not every one is needed to tell its place: a longer one may be another's.
        if (path === '/v1/events') expect([400, 410], `${path} ${cursor} ${answer.text}`).toContain(answer.status);
        else expectRefused(answer, `${path} ${cursor}`, 'INVALID_CURSOR');
      }
    }
  });

  it('that is the cursor of another list, order or filter is refused', async () => {
    const { nextCursor } = JSON.parse((await send({ path: '/v1/networks?limit=1' })).text) as { nextCursor: string };
    for (const path of ['/v1/containers?', '/v1/networks?sort=-name&', '/v1/networks?driver=bridge&', '/v1/events?']) {
      expectRefused(await send({ path: `${path}cursor=${nextCursor}` }), path, 'INVALID_CURSOR');
    }
  });

  it.each(['dryRun=maybe', 'dryRun=', 'dryRun=1&dryRun=0', 'force=yes', 'detach=2', 'engine=a&engine=b', 'timeoutSeconds=-1', 'timeoutSeconds=3601', 'timeoutSeconds=x'])(
    '%s is refused by writes',
    async (query) => {
      expectRefused(await send({ method: 'POST', path: `/v1/containers/web/stop?${query}` }), query, 'VALIDATION_FAILED');
      if (!query.startsWith('timeout')) {
        expectRefused(await send({ method: 'DELETE', path: `/v1/networks/front?${query}` }), query, 'VALIDATION_FAILED');
      }
    },
  );

  it.each(['"x"', 'W/"x"', 'x', '""', '"a", "b"', ','])('If-Match: %s, which nothing bears, is refused', async (tag) => {
    const headers = { 'if-match': tag };
    expectRefused(await send({ method: 'POST', path: '/v1/containers/web/stop', headers }), tag, 'PRECONDITION_FAILED');
    expectRefused(await send({ method: 'DELETE', path: '/v1/networks/front?detach=true', headers }), tag, 'PRECONDITION_FAILED');
  });
});

describe('a GraphQL operation', () => {
  const post = (body: unknown): Promise<RawAnswer> =>
    send({ method: 'POST', path: '/graphql', body: typeof body === 'string' ? body : JSON.stringify(body) });
  const CREATE = 'mutation ($input: CreateNetworkInput!) { createNetwork(input: $input) { changed } }';

  it.each<[string, unknown]>([
    ['half a query', { query: '{ networks {' }],
    ['no query', {}],
    ['a query that is a number', { query: 7 }],
    ['an empty query', { query: '' }],
    ['a batch', [{ query: '{ __typename }' }]],
    ['no JSON', 'query { networks }'],
    ['an unknown field', { query: '{ networks { nodes { nosuch } } }' }],
    ['an unknown argument', { query: '{ networks(nosuch: 1) { totalCount } }' }],
    ['an unknown operation', { query: 'query A { __typename }', operationName: 'B' }],
    ['variables that are a text', { query: '{ __typename }', variables: 'x' }],
    ['a missing variable', { query: CREATE }],
    ['a variable of the wrong type', { query: CREATE, variables: { input: 'x' } }],
    ['a list for a scalar', { query: CREATE, variables: { input: { name: ['a'] } } }],
    ['an object for a scalar', { query: CREATE, variables: { input: { name: { a: 1 } } } }],
    ['an unknown input field', { query: CREATE, variables: { input: { name: 'a', nosuch: 1 } } }],
    ['a prototype', `{"query": ${JSON.stringify(CREATE)}, "variables": {"input": {"name": "proto", "__proto__": {"a": 1}}}}`],
    ['a prototype as a filter', { query: '{ networks(filter: { __proto__: "x" }) { totalCount } }' }],
    ['a negative page', { query: '{ networks(first: -1) { totalCount } }' }],
    ['a huge page', { query: '{ networks(first: 501) { totalCount } }' }],
    ['a page beyond 32 bits', { query: '{ networks(first: 99999999999) { totalCount } }' }],
    ['a mangled cursor', { query: '{ networks(after: "nonsense") { totalCount } }' }],
    ['an unknown sort field', { query: '{ networks(orderBy: "nosuch") { totalCount } }' }],
    ['an unknown network', { query: '{ network(ref: "nosuch") { id } }' }],
    ['a reference with a NUL', { query: '{ network(ref: "a\\u0000b") { id } }' }],
    ['an empty reference', { query: '{ container(ref: "") { id } }' }],
    ['too deep a query', { query: `{ networks { nodes ${'{ attachments { network '.repeat(60)}{ id }${' } }'.repeat(60)} } }` }],
    ['a subscription by POST', { query: 'subscription { events { id } }' }],
  ])('with %s is told what is wrong', async (what, body) => {
    const { status, text } = await post(body);
    expect(status, `${what}: ${text.slice(0, 300)}`).toBeLessThan(500);
    const { errors } = JSON.parse(text) as { errors?: { extensions: { code: string; status: number } }[] };
    expect(errors?.length, `${what}: ${text.slice(0, 300)}`).toBeGreaterThan(0);
    for (const { extensions } of errors ?? []) {
      expect(extensions.code, text).toMatch(/^[A-Z_]+$/);
      expect(extensions.code, text).not.toBe('INTERNAL');
      expect(extensions.status, text).toBeLessThan(500);
    }
  });
});
