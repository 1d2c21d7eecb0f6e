import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { IssuerKeys } from '../../src/auth/tokens/issuer-keys.js';
import { IssuerTimings } from '../../src/auth/tokens/issuer-timings.js';
import { Tokens } from '../../src/auth/tokens/tokens.js';
import { Settings, type IssuerSettings } from '../../src/config/settings.js';
import { aDatabaseSettings } from '../database/database-settings.js';
import { Authority, FOR_LOOPBACK } from '../support/certificates.js';
import { eventually } from '../support/eventually.js';
import { aSigningKey, DISCOVERY, KEYS, LocalIssuer } from '../support/local-issuer.js';
import { startApp, type StartedApp } from '../support/start-app.js';

const trusted = ({ issuer }: LocalIssuer, more: Partial<IssuerSettings> = {}): IssuerSettings => ({
  ...{ issuer, audiences: ['fairlead'], algorithms: ['ES256'], clockSkewSeconds: 0 },
  grants: [{ claim: ['sub'], value: 'ada', scopes: ['networks:read'], engines: [], selector: null }],
  ...more,
});

const UNAVAILABLE = { status: 503, code: 'ISSUER_UNAVAILABLE' };

describe('issuers', () => {
  let service: StartedApp;
  let issuer: LocalIssuer;
  let away: LocalIssuer;
  let liar: LocalIssuer;
  let authority: Authority;
  let secured: LocalIssuer;
  let unproven: LocalIssuer;
  let careless: LocalIssuer;
  beforeAll(async () => {
    authority = new Authority();
    const tls = authority.issue('issuer', { extension: FOR_LOOPBACK });
    const start = (): Promise<LocalIssuer> => LocalIssuer.start();
    [issuer, away, liar] = await Promise.all([start(), start(), start()]);
    [secured, unproven, careless] = await Promise.all([LocalIssuer.start({ tls }), LocalIssuer.start({ tls }), LocalIssuer.start({ tls })]);
    careless.answers.set(DISCOVERY, { body: { issuer: careless.issuer, jwks_uri: `${new URL(issuer.issuer).origin}/keys-of-another` } });
    await away.stop();
    liar.answers.set(DISCOVERY, { body: { issuer: issuer.issuer, jwks_uri: `${new URL(issuer.issuer).origin}${KEYS}` } });
    const oidcIssuers = [trusted(issuer), trusted(away), trusted(liar), trusted(secured, { ca: authority.ca }), trusted(unproven), trusted(careless, { ca: authority.ca })];
    service = await startApp({ oidcIssuers });
  });
  afterAll(async () => {
    await service.close();
    await Promise.all([issuer, away, liar, secured, unproven, careless].map((each) => each.stop()));
    authority.end();
  });
  beforeEach(() => retime(new IssuerTimings()));

  const retime = (timings: Partial<IssuerTimings>): void => void Object.assign(service.app.get(IssuerTimings, { strict: false }), timings);
  const ask = async (token: string): Promise<{ status: number; code?: string; challenge: string | null }> => {
    const answer = await fetch(`${service.url}/v1/networks`, { headers: { authorization: `Bearer ${token}` } });
    const { code } = (await answer.json()) as { code?: string };
    return { status: answer.status, code, challenge: answer.headers.get('www-authenticate') };
  };
  const askedFor = (path: string): number => issuer.asked.filter((each) => each === path).length;
  const distinct = (claims: JWTPayload = {}): JWTPayload => ({ jti: crypto.randomUUID(), ...claims });

  it('are asked for their keys once, whatever number of tokens comes', async () => {
    await eventually(() => expect(service.logged()).toContain(`The issuer ${issuer.issuer} has keys: 1.`));
    const before = issuer.asked.length;
    const tokens = await Promise.all(Array.from({ length: 20 }, () => issuer.token(distinct())));
    const answers = await Promise.all(tokens.map(ask));
    expect(answers.map(({ status }) => status)).toEqual(tokens.map(() => 200));
    expect(issuer.asked).toHaveLength(before);
  });

  it('are not asked again and again for keys that they do not have', async () => {
    const strangers = await Promise.all(Array.from({ length: 50 }, (_, at) => issuer.token(distinct(), { header: { kid: `nonsense-${at}` } })));
    const hammer = async (): Promise<void> => {
      for (const { status } of await Promise.all(strangers.slice(0, 25).map(ask))) expect(status).toBe(401);
      for (const stranger of strangers.slice(25)) expect((await ask(stranger)).status).toBe(401);
    };
    const before = askedFor(KEYS);
    await hammer();
    expect(askedFor(KEYS)).toBe(before);
    // The pause is over for the first one of them, and begins anew.
    retime({ cooldownMs: 1 });
    await ask(strangers[0] ?? '');
    retime(new IssuerTimings());
    await hammer();
    expect(askedFor(KEYS)).toBe(before + 1);
  });

  it('may change their keys: new ones are found out, and tokens of those that are withdrawn are refused', async () => {
    const before = await issuer.token(distinct());
    expect((await ask(before)).status).toBe(200);
    const [first] = issuer.keys;
    issuer.keys.unshift(await aSigningKey());
    const after = await issuer.token(distinct());
    expect((await ask(after)).status).toBe(401);
    retime({ cooldownMs: 0 });
    expect([(await ask(after)).status, (await ask(before)).status]).toEqual([200, 200]);
    issuer.keys = issuer.keys.filter((key) => key !== first);
    issuer.keys.unshift(await aSigningKey());
    expect((await ask(await issuer.token(distinct()))).status).toBe(200);
    expect([(await ask(after)).status, (await ask(before)).status]).toEqual([200, 401]);
  });

  it('that are away are done without, as far as their keys are known', async () => {
    retime({ cooldownMs: 0, retryMs: 0 });
    const known = await issuer.token(distinct());
    expect((await ask(known)).status).toBe(200);
    const next = await aSigningKey();
    await issuer.stop();
    try {
      expect((await ask(known)).status).toBe(200);
      expect((await ask(await issuer.token(distinct()))).status).toBe(200);
      expect(await ask(await issuer.token(distinct(), { key: next }))).toEqual({ ...UNAVAILABLE, challenge: null });
      // Not for ever: what was withdrawn meanwhile could not be known.
      retime({ trustMs: 0 });
      expect(await ask(known)).toMatchObject(UNAVAILABLE);
    } finally {
      await issuer.listen();
    }
    retime({ trustMs: new IssuerTimings().trustMs });
    issuer.keys.unshift(next);
    expect([(await ask(await issuer.token(distinct()))).status, (await ask(known)).status]).toEqual([200, 200]);
    expect(service.logged()).toContain(`The issuer ${issuer.issuer} is heard again.`);
  });

  it('that are away at the start are found when they come; until then nothing else waits for them', async () => {
    const token = await away.token();
    expect(await ask(token)).toEqual({ ...UNAVAILABLE, challenge: null });
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const closed = new Promise((resolve) => socket.on('close', (code) => resolve(code)));
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } })));
    expect(await closed).toBe(1013);
    await service.http.get('/v1/networks').expect(200);
    expect(service.logged()).toMatch(new RegExp(`The keys of the issuer ${away.issuer} cannot be read: [^"]*ECONNREFUSED`));
    await away.listen();
    retime({ retryMs: 0 });
    expect((await ask(token)).status).toBe(200);
  });

  it('that do not answer keep nobody waiting for long', async () => {
    away.answers.set(KEYS, { isHeld: true });
    retime({ cooldownMs: 0, retryMs: 0, timeoutMs: 50 });
    const rotated = await away.token(distinct(), { key: await aSigningKey() });
    expect(await ask(rotated)).toMatchObject(UNAVAILABLE);
    expect(service.logged()).toContain(`The keys of the issuer ${away.issuer} cannot be read: there was no answer within 50 ms`);
  });

  it('speak for themselves only', async () => {
    expect(await ask(await liar.token())).toMatchObject(UNAVAILABLE);
    // Signed with the key of the one that it named.
    expect(await ask(await liar.token({}, { key: issuer.keys[0] }))).toMatchObject(UNAVAILABLE);
    expect(service.logged()).toContain(`speaks for another issuer: ${issuer.issuer}`);
  });

  it.each([
    ['sends somewhere else', DISCOVERY, { status: 302, body: {} }, 'answers 302'],
    ['fails', DISCOVERY, { status: 500, body: {} }, 'answers 500'],
    ['answers no JSON', DISCOVERY, { body: '<html>' }, 'answers what is no JSON'],
    ['answers nothing', DISCOVERY, { body: 'null' }, 'speaks for another issuer: undefined'],
    ['answers too much', KEYS, { body: `"${'x'.repeat(1_100_000)}"` }, 'larger than 1 MiB'],
    ['has no list of keys', KEYS, { body: { keys: 'none' } }, 'JSON Web Key Set malformed'],
  ])('are not believed where one %s', async (_what, path, answer, problem) => {
    retime({ cooldownMs: 0, retryMs: 0 });
    liar.answers.clear();
    liar.answers.set(path, answer);
    expect(await ask(await liar.token(distinct()))).toMatchObject(UNAVAILABLE);
    expect(service.logged()).toContain(problem);
  });

  it('may not have their keys where somebody on the way could change them', async () => {
    retime({ cooldownMs: 0, retryMs: 0 });
    for (const uri of ['http://keys.example/keys', 'file:///etc/passwd', '/keys', undefined]) {
      liar.answers.clear();
      liar.answers.set(DISCOVERY, { body: { issuer: liar.issuer, jwks_uri: uri } });
      expect(await ask(await liar.token(distinct()))).toMatchObject(UNAVAILABLE);
    }
    expect(service.logged()).toContain('names no jwks_uri that begins with https://');
  });

  it('that are asked over TLS have their keys nowhere without it, on this machine neither', async () => {
    expect(await ask(await careless.token())).toMatchObject(UNAVAILABLE);
    expect(service.logged()).toContain(`The keys of the issuer ${careless.issuer} cannot be read: `);
    expect(issuer.asked).not.toContain('/keys-of-another');
  });

  it('prove by TLS who they are', async () => {
    expect((await ask(await secured.token())).status).toBe(200);
    expect(await ask(await unproven.token())).toMatchObject(UNAVAILABLE);
    expect(unproven.asked).toEqual([]);
  });

  it('may show keys that are of no use beside others', async () => {
    retime({ cooldownMs: 0 });
    const good = await aSigningKey();
    const broken = { kid: 'broken', kty: 'EC', crv: 'P-256', alg: 'ES256', x: 'AA', y: 'AA' };
    const shared = { kid: 'shared', kty: 'oct', alg: 'HS256', k: Buffer.from('secret').toString('base64url') };
    const own = await aSigningKey();
    issuer.answers.set(KEYS, { body: { keys: [broken, shared, good.publicJwk, own.publicJwk] } });
    expect((await ask(await issuer.token(distinct(), { key: good }))).status).toBe(200);
    expect((await ask(await issuer.token(distinct(), { key: { ...good, kid: 'broken' } }))).status).toBe(401);
    expect((await ask(await issuer.token(distinct(), { key: own, header: { kid: undefined } }))).status).toBe(401);
  });
});

it('a scope in the settings that there is not stops the start', () => {
  const one = { issuer: 'https://login.example', audiences: ['fairlead'], algorithms: ['ES256'], clockSkewSeconds: 0 };
  const grants = [{ claim: ['sub'], value: 'ada', scopes: ['networks:read', 'networks:own'], engines: [], selector: null }];
  const settings = new Settings({ ...aDatabaseSettings({ kind: 'sqlite', file: 'x' }), oidcIssuers: [{ ...one, grants }] });
  const problem = 'FAIRLEAD_OIDC_ISSUERS: issuer 1, grant 1: "networks:own" is not a scope; there are engines:read';
  expect(() => new Tokens(settings, new IssuerTimings()).onModuleInit()).toThrow(problem);
});

it('the keys of an issuer are read anew while nobody comes with a token', async () => {
  const issuer = await LocalIssuer.start();
  const keys = new IssuerKeys(trusted(issuer), { ...new IssuerTimings(), refreshMs: 20, cooldownMs: 0 });
  keys.follow();
  await eventually(() => expect(keys.isCurrent(1)).toBe(true));
  issuer.keys = [await aSigningKey()];
  await eventually(() => expect(keys.isCurrent(2)).toBe(true));
  keys.unfollow();
  await issuer.stop();
});
