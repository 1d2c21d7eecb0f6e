import {
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
} from 'graphql';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../src/auth/scopes.js';
import { A_CALLER } from '../builders/a-caller.js';
import { eventually } from '../support/eventually.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { entryPoints, linksOf } from './declared-access.js';

type Json = ReturnType<typeof JSON.parse>;

/** Something that a caller can ask for, and what is said to whoever asks. */
interface Way {
  readonly name: string;
  readonly scope: Scope;
  /** The status of the answer, or of the error, and its code. */
  readonly ask: (key: string | undefined) => Promise<{ status: number; code: string | undefined }>;
}

let service: StartedApp;
let ways: Way[];
/** A webhook hands out events: who makes one must be allowed to read them. */
const BESIDES: Partial<Record<Scope, readonly Scope[]>> = { 'webhooks:manage': ['events:read'] };
/** By scope: one key that has nothing else, and one that has everything else. */
const only = new Map<Scope, string>();
const allBut = new Map<Scope, string>();
let expired: string;

beforeAll(async () => {
  service = await startApp();
  const make = async (name: string, scopes: readonly Scope[], more: object = {}): Promise<string> => {
    const { body } = await service.http.post('/v1/api-keys').send({ name, scopes, ...more }).expect(201);
    return (body as { key: string }).key;
  };
  expired = await make('expired', SCOPES, { expiresAt: new Date(Date.now() + 1_000).toISOString() });
  for (const scope of SCOPES) {
    only.set(scope, await make(`only ${scope}`, [scope, ...(BESIDES[scope] ?? [])]));
    allBut.set(scope, await make(`all but ${scope}`, SCOPES.filter((other) => other !== scope)));
  }
  ways = [...(await restWays()), ...graphqlWays()];
  const askWithExpired = () => fetch(`${service.url}/v1/networks`, { headers: { authorization: `Bearer ${expired}` } });
  await eventually(async () => expect((await askWithExpired()).status).toBe(401));
});
afterAll(() => service.close());

describe('every way in', () => {
  it('is found here, whatever its face', () => {
    const declared = entryPoints(service.app).filter(({ access }) => access !== 'public' && access !== undefined);
    expect(ways).toHaveLength(declared.length);
  });

  it('asks for a key: 401 without one, with a wrong one, and with one whose time is over', async () => {
    for (const { name, ask } of ways) {
      for (const key of [undefined, 'fl_wrong-key-of-some-length', expired]) {
        expect({ name, ...(await ask(key)) }).toEqual({ name, status: 401, code: 'UNAUTHENTICATED' });
      }
    }
  });

  it('asks for its scope: 403 with a key that has every other one', async () => {
    for (const { name, scope, ask } of ways) {
      expect({ name, ...(await ask(allBut.get(scope))) }).toEqual({ name, status: 403, code: 'FORBIDDEN' });
    }
  });

  it('asks for no more than its scope', async () => {
    for (const { name, scope, ask } of ways) {
      const { status, code } = await ask(only.get(scope));
      // Nothing can be made, moved or given away here; what matters is that the door is open.
      const isLetIn = status !== 401 && !(status === 403 && code === 'FORBIDDEN') && status !== 500;
      expect({ name, status, code, isLetIn }).toMatchObject({ isLetIn: true });
    }
  });
});

describe('every link', () => {
  it('asks for the scope of what it leads to, whatever it is reached from', () => {
    const wanting = linksOf(service.app).filter(({ wants }) => wants !== 'own');
    for (const { name, wants, resolve } of wanting) {
      const caller = { ...A_CALLER, scopes: new Set(SCOPES.filter((scope) => scope !== wants)) };
      const follow = () => resolve?.({}, {}, { caller }, {} as GraphQLResolveInfo);
      expect(follow, name).toThrow(expect.objectContaining({ code: 'FORBIDDEN', detail: `The key lacks the scope ${wants}.` }));
    }
    const roots = graphqlScopes();
    // What can be asked for by itself wants the same there.
    for (const { name, wants } of wanting) {
      const root = name.split('.')[1]?.replace('sharesNetworkOf', 'container').replace('swarmNode', 'node') ?? '';
      const asked = [root, `${root}s`].map((field) => roots.get(`Query ${field}`)).find((scope) => scope !== undefined);
      if (asked !== undefined) expect({ name, wants }).toEqual({ name, wants: asked });
    }
  });
});

describe('every way to change anything', () => {
  it('is on record, refused or not', async () => {
    const writes = ways.filter(({ name }) => isWrite(name));
    expect(writes).toHaveLength(entryPoints(service.app).filter((one) => one.isWrite).length);
    let { total } = await records();
    for (const { name, scope, ask } of writes) {
      await ask(allBut.get(scope));
      await ask(only.get(scope));
      const found = await records();
      // What has no name of its own in `audit-actions.ts` has no kind.
      const kind: unknown = expect.any(String);
      expect({ name, made: found.total - total, kinds: found.latest.map(({ target }) => target.kind) }).toEqual({ name, made: 2, kinds: [kind, kind] });
      expect(found.latest).toMatchObject([
        { keyName: `only ${scope}` },
        { keyName: `all but ${scope}`, outcome: 'refused', code: 'FORBIDDEN', after: null },
      ]);
      ({ total } = found);
    }
  });

  it('and nothing else is', async () => {
    const { total } = await records();
    for (const { scope, ask } of ways.filter(({ name }) => !isWrite(name) && !name.startsWith('Subscription'))) await ask(only.get(scope));
    expect((await records()).total).toBe(total);
  });
});

const isWrite = (name: string): boolean => /^(post|put|patch|delete|Mutation) /.test(name);

async function records(): Promise<{ total: number; latest: Json[] }> {
  const { body } = await service.http.get('/v1/audit-records?limit=2').expect(200);
  const { total, items } = body;
  return { total, latest: items };
}

async function restWays(): Promise<Way[]> {
  const { paths } = (await service.stranger.get('/openapi.json')).body;
  return Object.entries(paths as Record<string, Record<string, Json>>).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security }]) => security[0].bearer !== undefined)
      .map(([method, { security, requestBody }]) => ({
        name: `${method} ${path}`,
        scope: security[0].bearer[0] as Scope,
        ask: async (key: string | undefined) => {
          const answer = await fetch(`${service.url}${path.replaceAll(/\{\w+\}/g, 'x')}`, {
            method: method.toUpperCase(),
            headers: {
              ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
              ...(requestBody === undefined ? {} : { 'content-type': 'application/json' }),
            },
            body: requestBody === undefined ? undefined : '{}',
          });
          const text = await answer.text();
          return { status: answer.status, code: answer.ok || text === '' ? undefined : (JSON.parse(text)).code };
        },
      })),
  );
}

function graphqlWays(): Way[] {
  const { schema } = service.app.get(GraphQLSchemaHost, { strict: false });
  const scopes = graphqlScopes();
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()] as GraphQLObjectType[];
  return roots.flatMap((root) =>
    Object.values(root.getFields()).map((field) => {
      const name = `${root.name} ${field.name}`;
      const query = `${root.name.toLowerCase()} { ${field.name}${argumentsOf(field)}${selectionOf(field)} }`;
      const scope = scopes.get(name);
      if (scope === undefined) throw new Error(`no scope is declared for ${name}`);
      const ask = root.name === 'Subscription' ? (key: string | undefined) => subscribe(query, key) : (key: string | undefined) => post(query, key);
      return { name, scope, ask };
    }),
  );
}

function graphqlScopes(): ReadonlyMap<string, Scope | undefined> {
  return new Map(entryPoints(service.app).map(({ kind, field, access }) => [`${kind} ${field}`, access === 'public' ? undefined : access?.scope]));
}

function argumentsOf({ args }: GraphQLField<unknown, unknown>): string {
  const needed = args.filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined);
  return needed.length === 0 ? '' : `(${needed.map(written).join(', ')})`;
}

/** As little as is valid. */
function written({ name, type }: GraphQLArgument | GraphQLInputField): string {
  return `${name}: ${valueOf(type)}`;
}

function valueOf(type: GraphQLInputType): string {
  if (isNonNullType(type)) return valueOf(type.ofType);
  if (isListType(type)) return '[]';
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isInputObjectType(type)) {
    const needed = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
    return `{ ${needed.map(written).join(', ')} }`;
  }
  const scalars: Readonly<Record<string, string>> = { Int: '1', Float: '1', Boolean: 'true' };
  return scalars[type.name] ?? '"x"';
}

function selectionOf({ type }: GraphQLField<unknown, unknown>): string {
  return isCompositeType(getNamedType(type)) ? ' { __typename }' : '';
}

async function post(query: string, key: string | undefined) {
  const answer = await fetch(`${service.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query }),
  });
  const { errors } = (await answer.json()) as Json;
  return { status: errors?.[0].extensions.status ?? answer.status, code: errors?.[0].extensions.code };
}

function told([{ extensions: { status, code } }]: Json): { status: number; code: string } {
  return { status, code };
}

/** A socket that is not let in is closed; whoever is not allowed is told so before later questions are answered. */
async function subscribe(query: string, key: string | undefined): Promise<{ status: number; code: string | undefined }> {
  const client = createClient({
    ...{ url: `${service.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 },
    connectionParams: key === undefined ? {} : { Authorization: `Bearer ${key}` },
  });
  try {
    const refused = new Promise<{ status: number; code: string }>((resolve) => {
      client.subscribe({ query }, {
        next: ({ errors }: Json) => resolve(told(errors)),
        error: (error: Json) => resolve(error.code === 4401 ? { status: 401, code: 'UNAUTHENTICATED' } : told(error)),
        complete: () => undefined,
      });
    });
    return await Promise.race([refused, laterQuestions(client)]);
  } finally {
    await client.dispose();
  }
}

async function laterQuestions(client: Client): Promise<{ status: number; code: undefined }> {
  for (let asked = 0; asked < 5; asked += 1) {
    await new Promise<void>((resolve) => {
      // Where the socket is closed the other one tells why.
      client.subscribe({ query: '{ __typename }' }, { next: () => resolve(), error: () => undefined, complete: () => undefined });
    });
  }
  return { status: 200, code: undefined };
}
