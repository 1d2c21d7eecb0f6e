import { createHmac, createPublicKey } from 'node:crypto';
import { createClient } from 'graphql-ws';
import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { GrantSettings, IssuerSettings } from '../../src/config/settings.js';
import { aSigningKey, LocalIssuer, type Signed } from '../support/local-issuer.js';
import { startApp, type StartedApp } from '../support/start-app.js';

const GRANTS: readonly GrantSettings[] = [
  { claim: ['realm_access', 'roles'], value: 'network-reader', scopes: ['networks:read'], engines: [], selector: null },
  { claim: ['https://fairlead.example/groups'], value: 'ops', scopes: ['containers:read', 'events:read'], engines: [], selector: null },
  { claim: ['scope'], value: 'keys', scopes: ['keys:manage'], engines: [], selector: null },
  { claim: ['team'], value: 'web', scopes: ['networks:read'], engines: [], selector: null },
  { claim: ['narrow'], value: 'a', scopes: ['engines:read'], engines: ['one', 'two'], selector: 'team=a' },
  { claim: ['narrow'], value: 'b', scopes: ['keys:manage'], engines: ['two'], selector: null },
  { claim: ['narrow'], value: 'c', scopes: ['keys:manage'], engines: ['three'], selector: null },
  // What every object has, and no token says.
  { claim: ['constructor', 'name'], value: 'Object', scopes: ['networks:read', 'containers:read', 'events:read', 'keys:manage'], engines: [], selector: null },
];

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

let service: StartedApp;
let issuer: LocalIssuer;
let other: LocalIssuer;
let sent: string[];

beforeAll(async () => {
  [issuer, other] = await Promise.all([LocalIssuer.start(), LocalIssuer.start()]);
  issuer.keys.push(await aSigningKey('RS256'), await aSigningKey('PS256'));
  const trusted = (each: LocalIssuer): IssuerSettings => ({
    ...{ issuer: each.issuer, audiences: ['fairlead', 'fairlead-eu'], algorithms: ['RS256', 'ES256'], clockSkewSeconds: 30, grants: GRANTS },
  });
  service = await startApp({ oidcIssuers: [trusted(issuer), trusted(other)] });
  sent = [];
});
afterAll(async () => {
  await service.close();
  await Promise.all([issuer.stop(), other.stop()]);
});

const READER: JWTPayload = { realm_access: { roles: ['other', 'network-reader'] } };
const OPS: JWTPayload = { 'https://fairlead.example/groups': 'ops' };

const aToken = async (claims: JWTPayload = READER, signed: Signed = {}, from = issuer): Promise<string> => {
  const token = await from.token(claims, signed);
  sent.push(token);
  return token;
};

const ask = async (token: string, path = '/v1/networks'): Promise<{ status: number; code?: string; detail?: string; challenge: string | null }> => {
  const answer = await fetch(`${service.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const { code, detail } = (await answer.json()) as { code?: string; detail?: string };
  return { status: answer.status, code, detail, challenge: answer.headers.get('www-authenticate') };
};

const refused = (detail: string) => ({
  ...{ status: 401, code: 'UNAUTHENTICATED', detail },
  challenge: `Bearer realm="fairlead", error="invalid_token", error_description="${detail}"`,
});

/** With another header or other claims than those that the signature is for. */
function forged(token: string, header: object, claims?: object): string {
  const [, payload = '', signature = ''] = token.split('.');
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [encode(header), claims === undefined ? payload : encode(claims), signature].join('.');
}

describe('a token of a trusted issuer', () => {
  it('lets its bearer in over REST and GraphQL, where its claims allow it', async () => {
    const token = await aToken();
    expect((await ask(token)).status).toBe(200);
    expect(await ask(token, '/v1/containers')).toMatchObject({ status: 403, code: 'FORBIDDEN', detail: 'The token lacks the scope containers:read.' });
    const graphql = async (query: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      return (await fetch(`${service.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })).json();
    };
    expect(await graphql('{ networks { totalCount } }')).toEqual({ data: { networks: { totalCount: 0 } } });
    expect(await graphql('{ containers { totalCount } }')).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  });

  it.each([
    ['ES256', 0],
    ['RS256', 1],
  ])('may be signed with %s', async (_alg, at) => {
    expect((await ask(await aToken(READER, { key: issuer.keys[at] }))).status).toBe(200);
  });

  it.each([
    ['a value of a list within an object', READER, ['networks']],
    ['a claim named by a URL', OPS, ['containers', 'events']],
    ['a word of the claim scope', { scope: 'openid keys' }, ['api-keys']],
    ['several together', { ...READER, ...OPS }, ['networks', 'containers', 'events']],
    ['one of several audiences', { ...READER, aud: ['x', 'fairlead-eu'] }, ['networks']],
    ['no claim that counts', {}, []],
    ['a word of a claim that is no list of words', { team: 'web of lies' }, []],
    ['a part of a value', { scope: 'keys2 xkeys' }, []],
    ['a claim of another shape', { realm_access: 'network-reader', scope: { keys: true } }, []],
  ])('is allowed what is granted: with %s', async (_what, claims, allowed) => {
    const token = await aToken(claims);
    for (const room of ['networks', 'containers', 'events', 'api-keys']) {
      expect([room, (await ask(token, `/v1/${room}`)).status]).toEqual([room, allowed.includes(room) ? 200 : 403]);
    }
  });

  it('is good for as long as it and the difference of clocks that is allowed for say', async () => {
    expect((await ask(await aToken({ ...READER, exp: inSeconds(-20) }))).status).toBe(200);
    expect((await ask(await aToken({ ...READER, nbf: inSeconds(20), iat: inSeconds(20) }))).status).toBe(200);
    expect((await ask(await aToken({ ...READER, exp: 1e300 }))).status).toBe(200);
  });

  it.each<[what: string, claims: JWTPayload, signed: Signed, detail: string]>([
    ['that has expired', { exp: inSeconds(-40) }, {}, 'The token has expired (exp).'],
    ['that is not valid yet', { nbf: inSeconds(60) }, {}, 'The token is not valid yet (nbf).'],
    ['that was issued in the future', { iat: inSeconds(60) }, {}, 'The token was issued in the future (iat).'],
    ['without an end', { exp: undefined }, {}, 'The token must say when it expires (exp).'],
    ['whose end is no number', { exp: '2099' as unknown as number }, {}, 'The token must say when it expires (exp).'],
    ['without a subject', { sub: undefined }, {}, 'The token must say who its subject is (sub).'],
    ['with an empty subject', { sub: '' }, {}, 'The token must say who its subject is (sub).'],
    ['whose subject cannot be seen', { sub: 'ada\u0000' }, {}, 'The token must say who its subject is (sub).'],
    ['for another audience', { aud: 'another' }, {}, 'The token is for another audience.'],
    ['for no audience', { aud: undefined }, {}, 'The token is for another audience.'],
    ['of an issuer that is not trusted', { iss: 'https://evil.example' }, {}, 'The token is of an issuer that is not trusted here (iss).'],
    ['of no issuer', { iss: undefined }, {}, 'The token is of an issuer that is not trusted here (iss).'],
    ['that logs somebody out', {}, { header: { typ: 'logout+jwt' } }, 'The token is not an access token (typ).'],
    ['with an extension that is not known', {}, { header: { crit: ['exp2'], exp2: 1 } }, 'The token is not valid.'],
  ])('is refused %s', async (_what, claims, signed, detail) => {
    expect(await ask(await aToken({ ...READER, ...claims }, signed))).toEqual(refused(detail));
  });

  it('is refused where its issuer is written in another way', async () => {
    for (const iss of [`${issuer.issuer}/`, issuer.issuer.toUpperCase(), `${issuer.issuer}/../main`]) {
      expect(await ask(await aToken({ ...READER, iss }))).toEqual(refused('The token is of an issuer that is not trusted here (iss).'));
    }
  });

  it('is refused with an algorithm that the issuer is not trusted with, although the key is its own', async () => {
    const token = await aToken(READER, { key: issuer.keys[2] });
    expect(await ask(token)).toEqual(refused('The token is signed with an algorithm that its issuer is not trusted with (alg).'));
  });

  it('is refused where it was changed, or says that it needs no signature', async () => {
    const token = await aToken();
    const kid = issuer.keys[0]?.kid;
    const claims = { ...issuer.claims(), ...OPS };
    expect(await ask(forged(token, { alg: 'ES256', kid }, claims))).toEqual(refused('The token is not valid.'));
    for (const alg of ['none', 'None', 'NONE', '']) {
      for (const unsigned of [forged(token, { alg, kid }), forged(token, { alg, kid }, claims).replace(/[^.]+$/, '')]) {
        expect((await ask(unsigned)).status).toBe(401);
      }
    }
    for (const garbage of ['a.b.c', 'e30.e30.e30', '..', `${'x'.repeat(9_000)}.e30.`, 'eyJhbGciOiJFUzI1NiJ9.bnVsbA.e30', `${token}.`, `.${token}`, token.slice(0, -2)]) {
      expect({ garbage, status: (await ask(garbage)).status }).toEqual({ garbage, status: 401 });
    }
  });

  it('is refused where a public key was taken for a shared secret', async () => {
    const key = issuer.keys[1];
    const publicKey = createPublicKey({ key: key?.publicJwk as never, format: 'jwk' });
    const spki = publicKey.export({ type: 'spki', format: 'pem' });
    for (const secret of [spki, spki.trim(), publicKey.export({ type: 'spki', format: 'der' }), JSON.stringify(key?.publicJwk)]) {
      const [header, payload] = forged(await aToken(), { alg: 'HS256', kid: key?.kid }).split('.');
      const signature = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
      expect(await ask(`${header}.${payload}.${signature}`)).toEqual(refused('The token is signed with an algorithm that its issuer is not trusted with (alg).'));
    }
  });

  it("is refused where it is signed with another issuer's key, which a header may bring along or point at", async () => {
    const [theirs] = other.keys;
    const foreign = await aToken(READER, { key: theirs });
    expect(await ask(foreign)).toEqual(refused('The token is signed with a key that its issuer does not have (kid).'));
    const disguised = { ...theirs, kid: issuer.keys[0]?.kid } as typeof theirs;
    const header = { jwk: theirs?.publicJwk, jku: `${new URL(other.issuer).origin}/keys` };
    expect(await ask(await aToken(READER, { key: disguised, header }))).toEqual(refused('The token is not valid.'));
    expect((await ask(await aToken(READER, {}, other))).status).toBe(200);
  });

  it('is told from the key of the administrator, and from others, by its form alone', async () => {
    expect(await ask('fl_wrong')).toEqual(refused('The API key is not valid.'));
    expect((await ask(service.key)).status).toBe(200);
  });

  it('gives away keys that are good for no longer than it is', async () => {
    const token = await aToken({ scope: 'keys' });
    const make = async (input: object): Promise<{ status: number; body: Record<string, unknown> }> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await fetch(`${service.url}/v1/api-keys`, { method: 'POST', headers, body: JSON.stringify({ name: 'given', scopes: ['keys:manage'], ...input }) });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    expect(await make({})).toMatchObject({ status: 403, body: { detail: expect.stringContaining(`The token ${issuer.issuer}#ada ends at`) } });
    expect(await make({ expiresAt: new Date(inSeconds(60) * 1_000).toISOString(), scopes: ['networks:read'] })).toMatchObject({ status: 403 });
    const made = await make({ expiresAt: new Date(inSeconds(60) * 1_000).toISOString() });
    expect(made).toMatchObject({ status: 201, body: { createdBy: `${issuer.issuer}#ada` } });
  });

  it('shows no more than each of its claims shows, whatever they allow together', async () => {
    const narrowed = await aToken({ narrow: ['a', 'b'] });
    expect((await ask(narrowed, '/v1/engines')).status).toBe(200);
    const make = async (narrowing: object): Promise<number> => {
      const headers = { authorization: `Bearer ${narrowed}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ name: `by-token-${sent.length}`, scopes: ['engines:read'], expiresAt: new Date(Date.now() + 30_000).toISOString(), ...narrowing });
      return (await fetch(`${service.url}/v1/api-keys?dryRun=true`, { method: 'POST', headers, body })).status;
    };
    expect([await make({ engines: ['two'], selector: 'team=a' }), await make({ engines: ['one'], selector: 'team=a' }), await make({ engines: ['two'] })]).toEqual([200, 403, 403]);
    // Engines that no two of them share.
    expect((await ask(await aToken({ narrow: ['b', 'c'] }), '/v1/api-keys')).status).toBe(403);
  });

  it('is of one caller with every other one of its subject: what is written once is not written again', async () => {
    const expiresAt = new Date(inSeconds(60) * 1_000).toISOString();
    const write = async (claims: JWTPayload, idempotencyKey = 'once'): Promise<string | null> => {
      const headers = { authorization: `Bearer ${await aToken({ scope: 'keys', ...claims })}`, 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
      const body = JSON.stringify({ name: `by ${claims.sub}`, scopes: ['keys:manage'], expiresAt });
      return (await fetch(`${service.url}/v1/api-keys`, { method: 'POST', headers, body })).headers.get('idempotent-replayed');
    };
    const replayed = [await write({ sub: 'bob' }), await write({ sub: 'bob', jti: '2' }), await write({ sub: 'eve' })];
    expect(replayed).toEqual([null, 'true', null]);
  });
});

describe('over streams and sockets', () => {
  it('a token opens streams of events and sockets, which close when it ends', async () => {
    const token = await aToken({ ...OPS, exp: inSeconds(3 - 30) });
    const closed = Promise.withResolvers<unknown>();
    const client = createClient({
      ...{ url: `${service.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 },
      connectionParams: { Authorization: `Bearer ${token}` },
      on: { closed: (event) => closed.resolve(event) },
    });
    const followed = client.iterate({ query: 'subscription { events { cursor } }' }).next().catch((error: unknown) => error);
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
    const stream = await fetch(`${service.url}/v1/events`, { headers });
    expect(stream.status).toBe(200);
    const results = client.iterate({ query: '{ containers { totalCount } }' });
    expect((await results.next()).value).toEqual({ data: { containers: { totalCount: 0 } } });
    expect(await stream.text()).toContain('"code":"UNAUTHENTICATED","detail":"The API key or token is no longer valid."');
    expect(await followed).toMatchObject({ code: 4401 });
    expect(await closed.promise).toMatchObject({ code: 4401, reason: 'Unauthenticated: the API key or token is no longer valid' });
    expect(await ask(token, '/v1/events')).toEqual(refused('The token has expired (exp).'));
    await client.dispose();
  });

  it('a token that is refused is told why', async () => {
    const token = await aToken({ aud: 'another' });
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const closed = new Promise((resolve) => socket.on('close', (code, reason) => resolve([code, String(reason)])));
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } })));
    expect(await closed).toEqual([4401, 'Unauthenticated: The token is for another audience.']);
  });
});

describe('the log', () => {
  it('names the subject, and holds no token', () => {
    expect(service.logged()).toContain(`"keyId":"${issuer.issuer}#ada"`);
    expect(sent.length).toBeGreaterThan(40);
    for (const token of sent) {
      for (const part of [token, ...token.split('.').slice(1)]) expect(service.logged()).not.toContain(part);
    }
  });
});
