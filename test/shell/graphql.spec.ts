import { GraphQLSchemaHost } from '@nestjs/graphql';
import { isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEEPEST_QUERY, judge, MOST_VALUES } from '../../src/graphql/query-limits.js';
import { eventually } from '../support/eventually.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { DummyModule } from './dummy.module.js';
import { parse } from 'graphql';

describe('GraphQL over HTTP', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ extra: [DummyModule] });
  });
  afterAll(() => service.close());

  const post = (body: string | object, headers: Record<string, string> = {}) =>
    service.http
      .post('/graphql')
      .set({ 'Content-Type': 'application/json', ...headers })
      .send(typeof body === 'string' ? body : JSON.stringify(body))
      .buffer()
      .parse((response, done) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => done(null, JSON.parse(text)));
      });

  it.each([
    ['no JSON', '{"query":', 400, 'MALFORMED_REQUEST'],
    ['no query', {}, 400, 'MALFORMED_REQUEST'],
    ['an empty body', '', 400, 'MALFORMED_REQUEST'],
    ['a query that is no text', { query: 5 }, 400, 'MALFORMED_REQUEST'],
    ['variables that are no object', { query: '{__typename}', variables: 'x' }, 400, 'MALFORMED_REQUEST'],
    ['a batch', [{ query: '{__typename}' }, { query: '{__typename}' }], 400, 'MALFORMED_REQUEST'],
    ['a syntax error', { query: '{ things(' }, 400, 'MALFORMED_REQUEST'],
    ['an unknown field', { query: '{ nothing }' }, 400, 'VALIDATION_FAILED'],
    ['an unknown operation', { query: 'query A {__typename}', operationName: 'B' }, 400, 'MALFORMED_REQUEST'],
    ['a subscription', { query: 'subscription { count(to: 1) }' }, 400, 'MALFORMED_REQUEST'],
    [
      'a missing variable',
      { query: 'query ($id: String!) { thing(id: $id) { id } }' },
      400,
      'VALIDATION_FAILED',
    ],
    ['a huge body', { query: `# ${'x'.repeat(1_100_000)}` }, 413, 'PAYLOAD_TOO_LARGE'],
    ['endless text', { query: `{ ${'__typename '.repeat(6000)} }` }, 400, 'QUERY_TOO_COSTLY'],
  ])('answers %s with a clear error', async (_what, body, status, code) => {
    const answer = await post(body);
    expect({ status: answer.status, code: answer.body.errors?.[0]?.extensions?.code }).toEqual({
      status,
      code,
    });
    expect(answer.body.errors[0].extensions).toMatchObject({
      status,
      requestId: answer.headers['x-request-id'],
    });
    expect(answer.body.data).toBeUndefined();
  });

  it('answers what fails while it runs with 200, the data that there is and the same extras as REST', async () => {
    const { status, data, errors } = await service.gql('{ things { totalCount } thing(id: "web") { id } }');
    expect({ status, data }).toEqual({ status: 200, data: null });
    expect(errors?.[0]).toMatchObject({
      message: 'There is no network "web".',
      path: ['thing'],
      extensions: { code: 'NETWORK_NOT_FOUND', status: 404, title: 'No such network', engine: 'local' },
    });
  });

  it('hides the story of a fault and logs it', async () => {
    const { errors } = await service.gql('{ thing(id: "fault") { id } }');
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INTERNAL', status: 500 });
    expect(JSON.stringify(errors)).not.toMatch(/secret inner story|stack/);
    const requestId = String(errors?.[0]?.extensions.requestId);
    const line = service
      .logged()
      .split('\n')
      .find((text) => text.includes(requestId) && text.includes('inner story'));
    expect(line).toContain('"level":"error"');
  });

  it('speaks application/graphql-response+json to who asks for it', async () => {
    const accept = { Accept: 'application/graphql-response+json' };
    const fine = await post({ query: '{ __typename }' }, accept);
    expect(fine.headers['content-type']).toContain('application/graphql-response+json');
    expect((await post({ query: '{ nothing }' }, accept)).status).toBe(400);
  });

  it('answers queries by GET, but never lets GET change anything, nor a simple cross-site request pass', async () => {
    const get = (query: string, headers = {}) => service.http.get('/graphql').query({ query }).set(headers);
    const preflighted = { 'apollo-require-preflight': '1' };
    expect((await get('{ __typename }', preflighted)).status).toBe(200);
    expect((await get('mutation { makeThing(input: { name: "a" }) }', preflighted)).status).toBe(405);
    expect((await get('{ __typename }')).status).toBe(400);
    const form = await post('query={__typename}', { 'Content-Type': 'text/plain' });
    expect(form.status).toBe(400);
  });

  it('reads plain fields without a resolver of their own and keeps those that were written', () => {
    const thing = service.app.get(GraphQLSchemaHost).schema.getType('Thing');
    const fields = isObjectType(thing) ? thing.getFields() : {};
    expect(fields.name?.resolve).toBeUndefined();
    expect(fields.neighbours?.resolve).toBeDefined();
    expect(fields.labels?.resolve).toBeDefined();
  });

  it('shows maps as lists sorted by key, and times with all their digits', async () => {
    const { data } = await service.gql('{ thing(id: "t1") { labels { key value } createdAt } }');
    expect(data?.thing).toEqual({
      labels: [
        { key: 'area', value: 'bollard' },
        { key: 'zone', value: 'b' },
      ],
      createdAt: '2026-11-23T12:00:00.123456789Z',
    });
  });
});

describe('the limits of a query', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ extra: [DummyModule] });
  });
  afterAll(() => service.close());

  const circle = (turns: number): string => '{ neighbours '.repeat(turns) + '{ name }' + ' }'.repeat(turns);

  it('lets the graph be walked round, but not for ever', async () => {
    const deep = (turns: number) => service.gql(`{ thing(id: "t0") ${circle(turns)} }`);
    expect((await deep(DEEPEST_QUERY - 8)).errors).toBeUndefined();
    const refused = await deep(DEEPEST_QUERY);
    expect(refused.status).toBe(400);
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'QUERY_TOO_COSTLY', status: 400 });
  });

  it('counts entries of lists by the page that is asked for, a variable or its default included', async () => {
    const nested = `nodes ${circle(4)}`;
    const ask = (declared: string, first: string, variables = {}) =>
      service.gql(`query ${declared} { things(first: ${first}) { ${nested} } }`, variables);
    expect((await ask('', '50')).errors).toBeUndefined();
    for (const answer of [
      await ask('', '500'),
      await ask('($n: Int!)', '$n', { n: 500 }),
      await ask('($n: Int! = 500)', '$n'),
    ]) {
      expect(answer.errors?.[0]?.extensions.code).toBe('QUERY_TOO_COSTLY');
    }
  });

  it('counts aliases', async () => {
    const one = `nodes ${circle(2)}`;
    const many = Array.from({ length: 40 }, (_, index) => `a${index}: things(first: 500) { ${one} }`).join(
      ' ',
    );
    expect((await service.gql(`{ ${many} }`)).errors?.[0]?.extensions.code).toBe('QUERY_TOO_COSTLY');
    const changes = Array.from(
      { length: 21 },
      (_, index) => `a${index}: makeThing(input: { name: "a" })`,
    ).join(' ');
    expect((await service.gql(`mutation { ${changes} }`)).errors?.[0]?.extensions.code).toBe(
      'QUERY_TOO_COSTLY',
    );
  });

  it('weighs fragments that spread each other a million times over in no time', () => {
    const { schema } = service.app.get(GraphQLSchemaHost);
    const bombs = Array.from(
      { length: 40 },
      (_, i) => `fragment F${i} on Thing { ...F${i + 1} ...F${i + 1} }`,
    );
    const text = `{ thing(id: "x") { ...F0 } } ${bombs.join(' ')} fragment F40 on Thing { name }`;
    const startedAt = performance.now();
    expect(judge(schema, { document: parse(text), operationName: null, variables: {} }, () => 10).refusal?.message).toContain(
      MOST_VALUES.toLocaleString('en-US'),
    );
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('leaves introspection possible', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    expect((await service.gql(getIntrospectionQuery())).errors).toBeUndefined();
  });
});

describe('GraphQL over WebSocket', () => {
  let service: StartedApp;
  beforeAll(async () => {
    service = await startApp({ extra: [DummyModule] });
  });
  afterAll(() => service.close());

  async function collect(query: string, variables?: Record<string, unknown>): Promise<unknown[]> {
    const results: unknown[] = [];
    for await (const result of service.socket().iterate({ query, variables })) results.push(result);
    return results;
  }

  it('answers queries and follows subscriptions', async () => {
    expect(await collect('{ things { totalCount } }')).toEqual([{ data: { things: { totalCount: 5 } } }]);
    expect(await collect('subscription ($to: Int!) { count(to: $to) }', { to: 2 })).toEqual([
      { data: { count: 1 } },
      { data: { count: 2 } },
    ]);
  });

  it.each([
    ['{', 'MALFORMED_REQUEST', 400],
    ['{ nothing }', 'VALIDATION_FAILED', 400],
    [`{ thing(id: "t0") ${'{ neighbours '.repeat(12)} { name } ${'}'.repeat(12)} }`, 'QUERY_TOO_COSTLY', 400],
  ])('refuses what HTTP refuses: %#', async (query, code, status) => {
    await expect(collect(query)).rejects.toMatchObject([{ extensions: { code, status } }]);
  });

  it.each([
    ['subscription { count(to: -1) }', 'NETWORK_NOT_FOUND'],
    ['{ thing(id: "fault") { id } }', 'INTERNAL'],
    ['{ undeclared }', 'FORBIDDEN'],
  ])('shapes errors as over HTTP: %s', async (query, code) => {
    const [result] = await collect(query);
    expect(result).toMatchObject({ errors: [{ extensions: { code } }] });
    expect(JSON.stringify(result)).not.toContain('inner story');
  });
});

describe('stopping', () => {
  it('tells open subscriptions that the service goes away', async () => {
    const service = await startApp({ extra: [DummyModule] });
    const closings: unknown[] = [];
    const client = service.socket();
    client.on('closed', (event) => closings.push(event));
    const values: unknown[] = [];
    const following = (async () => {
      for await (const result of client.iterate({ query: 'subscription { count(to: 7) }' }))
        values.push(result);
    })().catch(() => undefined);
    await eventually(() => expect(values).toHaveLength(7));
    await service.app.close();
    await following;
    expect(closings).toMatchObject([{ code: 1001, reason: 'The service is shutting down' }]);
    await service.close();
  });
});
