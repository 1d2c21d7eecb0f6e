import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load-settings.js';

const PEM = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';

describe('loadSettings', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-settings-'));
    for (const file of ['ca.pem', 'cert.pem', 'key.pem']) writeFileSync(join(folder, file), PEM);
    writeFileSync(join(folder, 'engines.json'), '[{"name":"a","endpoint":"unix:///run/a.sock"}]');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has a default for everything', () => {
    expect(loadSettings({})).toEqual({
      host: '127.0.0.1',
      port: 4700,
      transport: { tls: null, allowedHosts: [], corsOrigins: [], trustedProxies: [] },
      engines: [{ name: 'local', endpoint: 'unix:///var/run/docker.sock' }],
      dataFolder: './data',
      database: { kind: 'sqlite', file: './data/fairlead.db' },
      eventRetention: { maxAgeMs: 604_800_000, maxCount: 200_000 },
      auditRetentionMs: 31_536_000_000,
      apiKey: null,
      secretKey: null,
      oidcIssuers: [],
      webhookAllow: { byDefault: true, blocks: [], hosts: [] },
      allowHostNetwork: false,
      allowImagePull: false,
      rateLimits: { perKey: 6000, perAddress: 120 },
      logLevel: 'info',
      graphiql: true,
      introspection: true,
    });
  });

  it('is frozen, engines included', () => {
    const settings = loadSettings({});
    expect([settings, settings.engines, settings.engines[0]].every(Object.isFrozen)).toBe(true);
  });

  it('takes engines inline, ahead of DOCKER_HOST', () => {
    const list = JSON.stringify([
      { name: 'edge-1', endpoint: 'tcp://10.0.0.1:2376', tls: { ca: join(folder, 'ca.pem') } },
      { name: 'local', endpoint: 'unix:///run/docker.sock' },
    ]);
    expect(loadSettings({ FAIRLEAD_ENGINES: list, DOCKER_HOST: 'tcp://x:1' }).engines).toEqual([
      { name: 'edge-1', endpoint: 'tcp://10.0.0.1:2376', tls: { ca: PEM } },
      { name: 'local', endpoint: 'unix:///run/docker.sock' },
    ]);
  });

  it('takes engines from a file', () => {
    const { engines } = loadSettings({ FAIRLEAD_ENGINES: join(folder, 'engines.json') });
    expect(engines).toEqual([{ name: 'a', endpoint: 'unix:///run/a.sock' }]);
  });

  it('follows DOCKER_HOST with its TLS variables', () => {
    const env = { DOCKER_HOST: 'tcp://engine:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
    expect(loadSettings(env).engines).toEqual([
      { name: 'local', endpoint: 'tcp://engine:2376', tls: { ca: PEM, cert: PEM, key: PEM } },
    ]);
  });

  it('takes an engine over ssh with the keys that files hold for its host', () => {
    const file = (name: string): string => join(folder, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open', '-f', file('id')]);
    const [type, key] = readFileSync(file('id.pub'), 'utf8').split(' ');
    writeFileSync(file('known'), `other ssh-rsa AAAA\n[far.example]:2222 ${type} ${key} a comment\n`);
    writeFileSync(file('phrase'), 'open\n');
    const ssh = { knownHosts: file('known'), key: file('id'), passphraseFile: file('phrase') };
    const list = (more: object): string => JSON.stringify([{ name: 'far', endpoint: 'ssh://me@far.example:2222', ssh: { ...ssh, ...more } }]);
    expect(loadSettings({ FAIRLEAD_ENGINES: list({}) }).engines[0]).toMatchObject({
      endpoint: 'ssh://me@far.example:2222',
      ssh: { hostKeys: [`${type} ${key}`], privateKey: readFileSync(file('id'), 'utf8'), passphrase: 'open' },
    });
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file('known')], { stdio: 'ignore' });
    expect(loadSettings({ FAIRLEAD_ENGINES: list({}) }).engines[0]?.ssh?.hostKeys).toEqual([`${type} ${key}`]);
    expect(() => loadSettings({ FAIRLEAD_ENGINES: list({ passphraseFile: undefined }) })).toThrow('encrypted');
    writeFileSync(file('known'), `@revoked * ${type} ${key}\n[far.example]:2222 ${type} ${key}\n`);
    expect(() => loadSettings({ FAIRLEAD_ENGINES: list({}) })).toThrow('holds no key of far.example, port 2222');
  });

  it('takes issuers of tokens, with what is usual for what is not said', () => {
    const issuer = { issuer: 'https://login.example/realms/main/', audience: 'fairlead', grants: [{ claim: 'groups', value: 'ops', scopes: ['networks:read'] }] };
    const path = ['realm_access', 'roles'];
    const local = {
      ...{ issuer: 'http://127.0.0.1:8080', audience: ['a', 'b'], algorithms: ['EdDSA'], clockSkewSeconds: 0, ca: join(folder, 'ca.pem') },
      grants: [{ claim: path, value: 'ops', scopes: ['networks:read'], engines: ['local'], selector: 'team=a' }],
    };
    expect(loadSettings({ FAIRLEAD_OIDC_ISSUERS: JSON.stringify([issuer, local]) }).oidcIssuers).toEqual([
      {
        ...{ issuer: 'https://login.example/realms/main/', audiences: ['fairlead'], algorithms: ['RS256', 'ES256'], clockSkewSeconds: 30 },
        grants: [{ claim: ['groups'], value: 'ops', scopes: ['networks:read'], engines: [], selector: null }],
      },
      {
        ...{ issuer: 'http://127.0.0.1:8080', audiences: ['a', 'b'], algorithms: ['EdDSA'], clockSkewSeconds: 0, ca: PEM },
        grants: [{ claim: path, value: 'ops', scopes: ['networks:read'], engines: ['local'], selector: 'team=a' }],
      },
    ]);
  });

  it('counts an empty variable as absent', () => {
    expect(loadSettings({ FAIRLEAD_PORT: '', FAIRLEAD_API_KEY: ' ', DOCKER_HOST: '' }).port).toBe(4700);
  });

  it.each([
    ['sqlite:./data/fairlead.db', './data'],
    ['sqlite:fairlead.db', '.'],
    ['sqlite:/var/lib/fairlead/f.db', '/var/lib/fairlead'],
    ['sqlite:///var/lib/fairlead/f.db', '/var/lib/fairlead'],
  ])('keeps its data beside the database %s', (url, dataFolder) => {
    expect(loadSettings({ FAIRLEAD_DATABASE_URL: url }).dataFolder).toBe(dataFolder);
  });

  it('keeps its data in PostgreSQL, and never shows the password', () => {
    const url = 'postgres://fairlead:secret@db.example:5433/fairlead';
    expect(loadSettings({ FAIRLEAD_DATABASE_URL: url })).toMatchObject({ database: { kind: 'postgres', url }, dataFolder: './data' });
    expect(() => loadSettings({ FAIRLEAD_DATABASE_URL: 'postgres://user:secret@[db/x' })).toThrow(/^(?!.*secret)/);
  });

  it.each([
    ['30d', { maxAgeMs: 30 * 86_400_000, maxCount: 200_000 }],
    ['5000', { maxAgeMs: 604_800_000, maxCount: 5_000 }],
    ['12h, 90000', { maxAgeMs: 12 * 3_600_000, maxCount: 90_000 }],
    ['10m', { maxAgeMs: 600_000, maxCount: 200_000 }],
  ])('keeps events for %s', (text, retention) => {
    expect(loadSettings({ FAIRLEAD_EVENT_RETENTION: text }).eventRetention).toEqual(retention);
  });

  it('takes limits on rates, and off', () => {
    const env = { FAIRLEAD_RATE_LIMIT_PER_KEY: 'off', FAIRLEAD_RATE_LIMIT_PER_ADDRESS: '30' };
    expect(loadSettings(env).rateLimits).toEqual({ perKey: null, perAddress: 30 });
  });

  const grant = { claim: 'groups', value: 'ops', scopes: ['networks:read'] };
  const issuers = (...fields: object[]): string =>
    JSON.stringify(fields.map((more) => ({ issuer: 'https://login.example', audience: 'fairlead', grants: [grant], ...more })));
  const engine = (fields: object): string =>
    JSON.stringify([{ name: 'a', endpoint: 'unix:///a', ...fields }]);
  it.each([
    ['FAIRLEAD_COLOUR', 'red', 'there is no such setting'],
    ['FAIRLEAD_PORT', 'http', 'not a port'],
    ['FAIRLEAD_PORT', '65536', 'not a port'],
    ['FAIRLEAD_HOST', 'a b', 'not an address'],
    ['FAIRLEAD_LOG_LEVEL', 'loud', 'not one of trace'],
    ['FAIRLEAD_GRAPHIQL', 'maybe', 'neither on nor off'],
    ['FAIRLEAD_GRAPHQL_INTROSPECTION', 'perhaps', 'neither on nor off'],
    ['FAIRLEAD_RATE_LIMIT_PER_KEY', '0', 'neither a number'],
    ['FAIRLEAD_RATE_LIMIT_PER_ADDRESS', '1e3', 'neither a number'],
    ['FAIRLEAD_ALLOW_IMAGE_PULL', '2', 'neither on nor off'],
    ['FAIRLEAD_API_KEY', 'short', 'at least 16 characters'],
    ['FAIRLEAD_SECRET_KEY', 'short', 'at least 16 characters'],
    ['FAIRLEAD_WEBHOOK_ALLOW', '10.0.0.0/33', 'neither an address'],
    ['FAIRLEAD_API_KEY', 'sixteen letters ä and more', 'ASCII'],
    ['FAIRLEAD_DATABASE_URL', 'postgres://user:secret@[db/fairlead', 'cannot be read'],
    ['FAIRLEAD_EVENT_RETENTION', 'forever', 'neither an age'],
    ['FAIRLEAD_EVENT_RETENTION', '0d', 'neither an age'],
    ['FAIRLEAD_AUDIT_RETENTION', '0d', 'no age'],
    ['FAIRLEAD_AUDIT_RETENTION', '10m', 'no age'],
    ['FAIRLEAD_EVENT_RETENTION', '7d,-5', 'neither an age'],
    ['FAIRLEAD_DATABASE_URL', 'mysql://db', 'expected sqlite'],
    ['DOCKER_HOST', 'ssh://host', 'not an endpoint'],
    ['DOCKER_HOST', 'ssh://me:secret@host', 'holds a password'],
    ['DOCKER_HOST', 'npipe:////./pipe/docker', 'not an endpoint'],
    ['FAIRLEAD_OIDC_ISSUERS', '/no/such/file', 'neither a JSON list of issuers nor a file'],
    ['FAIRLEAD_OIDC_ISSUERS', '{}', 'must be a JSON list of {issuer, audience, grants}'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ issuer: undefined }), 'issuer 1: "issuer" must be the address'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ issuer: 'login.example' }), '"issuer" must be the address'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ issuer: 'http://login.example' }), 'must begin with https://'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ issuer: 'http://127.evil.example' }), 'must begin with https://'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ issuer: 'https://me:secret@login.example' }), 'may hold no user'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ issuer: 'https://login.example/#a' }), 'no #'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ audience: undefined }), '"audience" must be a text'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ audience: [] }), '"audience" must be a text'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ algorithms: ['RS256', 'HS256'] }), '"algorithms" must be a list of RS256'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ algorithms: ['none'] }), '"algorithms" must be a list of RS256'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ algorithms: 'RS256' }), '"algorithms" must be a list of RS256'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ clockSkewSeconds: 301 }), 'a whole number, 0 to 300'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ ca: '/none' }), 'cannot read /none (ENOENT)'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ clientSecret: 'x' }), 'no field "clientSecret"'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ grants: [] }), '"grants" must be a list'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ grants: [{ ...grant, value: 7 }] }), 'issuer 1, grant 1: "value" must be a text'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ grants: [grant, { ...grant, claim: [] }] }), 'issuer 1, grant 2: "claim" must be a text'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({ grants: [{ ...grant, scopes: 'networks:read' }] }), '"scopes" must be a list'],
    ['FAIRLEAD_OIDC_ISSUERS', issuers({}, {}), 'https://login.example is given twice'],
    ['FAIRLEAD_ENGINES', '/no/such/file', 'nor a file'],
    ['FAIRLEAD_ENGINES', '[{', 'not valid JSON'],
    ['FAIRLEAD_ENGINES', '{"name":"a"}', 'must be a JSON list'],
    ['FAIRLEAD_ENGINES', engine({ name: 'A' }), 'engine 1: "name"'],
    ['FAIRLEAD_ENGINES', engine({ name: 'a~b' }), 'engine 1: "name"'],
    ['FAIRLEAD_ENGINES', engine({ name: 'a'.repeat(64) }), 'engine 1: "name"'],
    ['FAIRLEAD_ENGINES', engine({ endpoint: undefined }), '"endpoint" is missing'],
    ['FAIRLEAD_ENGINES', engine({ endpoint: 'ssh://me@host', ssh: { knownHosts: '/none' } }), 'cannot read /none (ENOENT)'],
    ['FAIRLEAD_ENGINES', engine({ endpoint: 'ssh://me@host', ssh: { knownHosts: '/etc/hostname' } }), 'holds no key of host, port 22'],
    ['FAIRLEAD_ENGINES', engine({ endpoint: 'ssh://me@host', ssh: { privateKey: 'x' } }), 'no field "privateKey"'],
    ['FAIRLEAD_ENGINES', engine({ ssh: {} }), 'needs an ssh:// endpoint'],
    ['FAIRLEAD_ENGINES', engine({ endpoint: 'unix://relative' }), 'not an endpoint'],
    ['FAIRLEAD_ENGINES', engine({ colour: 1 }), 'no field "colour"'],
    ['FAIRLEAD_ENGINES', engine({ tls: {} }), 'needs a tcp:// endpoint'],
    [
      'FAIRLEAD_ENGINES',
      engine({ endpoint: 'tcp://h:1', tls: { ca: '/none' } }),
      'cannot read /none (ENOENT)',
    ],
    ['FAIRLEAD_ENGINES', engine({ endpoint: 'tcp://h:1', tls: { ca: '/etc/hostname' } }), 'not a PEM file'],
  ])('refuses %s=%s with one line that names it', (variable, value, problem) => {
    const load = (): unknown => loadSettings({ [variable]: value });
    expect(load).toThrow(new RegExp(`^${variable}: [^\\n]*${problem.replace(/[(){}]/g, '\\$&')}[^\\n]*$`));
  });

  it('refuses two engines of one name or one endpoint', () => {
    const twice = (b: object): string => JSON.stringify([{ name: 'a', endpoint: 'unix:///a' }, b]);
    expect(() => loadSettings({ FAIRLEAD_ENGINES: twice({ name: 'a', endpoint: 'unix:///b' }) })).toThrow(
      'twice',
    );
    for (const same of ['unix:///a', 'unix:////a', 'unix:///b/../a']) {
      expect(() => loadSettings({ FAIRLEAD_ENGINES: twice({ name: 'b', endpoint: same }) })).toThrow('twice');
    }
  });

  it('never repeats a key that is wrong', () => {
    expect(() => loadSettings({ FAIRLEAD_API_KEY: 'tiny-secret' })).not.toThrow(/tiny-secret/);
  });
});
