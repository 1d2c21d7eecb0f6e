import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load-settings.js';
import type { SshSettings, TlsSettings } from '../../src/config/settings.js';
import { aContainer } from '../builders/a-container.js';
import { aNetwork } from '../builders/a-network.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { startPrivateSshd, type PrivateSshd } from '../support/private-sshd.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { openTlsFront, type TlsFront } from '../support/tls-front.js';
import { doneOf, refusalOf, valueOf, type Answer, type Face } from './face.js';
import { agreed, FACES } from './faces.js';
import { restFace } from './rest-face.js';
import { untilConnected } from './service.js';

let local: PrivateEngine;
let far: PrivateEngine;
let sshd: PrivateSshd;
let front: TlsFront;
let folder: string;
let app: StartedApp;

type Way = {
  readonly endpoint: string;
  readonly tls?: TlsSettings;
  readonly ssh?: SshSettings;
};

const overSsh = (): Way => ({ endpoint: sshd.endpoint(far.servedAt), ssh: sshd.ssh });
const overTls = (): Way => ({ endpoint: front.endpoint, tls: front.tls });
const PASSWORD = 'a password that nobody may see';

const start = (options: object = {}): Promise<StartedApp> =>
  startApp({
    ...{ engines: [{ name: 'local', endpoint: local.endpoint }], dataFolder: folder },
    database: { kind: 'sqlite', file: join(folder, 'fairlead.db') },
    ...options,
  });
const types = async (face: Face, engine: string): Promise<string[]> =>
  valueOf(await face.events({ engines: [engine] }, { limit: 500 })).items.map(({ type }) => type);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-kept-'));
  [local, far, sshd] = await Promise.all([
    startPrivateEngine({ name: 'local', addressPool: 'base=10.210.0.0/16,size=24' }),
    startPrivateEngine({ name: 'far', addressPool: 'base=10.211.0.0/16,size=24' }),
    startPrivateSshd(),
  ]);
  front = await openTlsFront(far.servedAt);
  app = await start();
  await untilConnected(app, ['local']);
});
afterAll(async () => {
  await app.close();
  await Promise.all([front.stop(), sshd.stop(), local.stop(), far.stop()]);
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  const face = restFace(app);
  for (const { name, source } of valueOf(await face.listEngines()).items) {
    if (source === 'service') valueOf(await face.removeEngine(name));
  }
});

describe.each(FACES)('engines that are added through %s', (_name, faceOf) => {
  let face: Face;
  const add = async (engine: string, way: Way): Promise<void> => {
    valueOf(await face.addEngine({ name: engine, ...way }));
    await untilConnected(app, [engine]);
  };
  beforeAll(() => {
    face = faceOf(app);
  });

  it('are tried out first, and change nothing then', async () => {
    const before = await types(face, 'far');
    for (const way of [overSsh(), overTls()]) {
      const tried = doneOf(await face.addEngine({ name: 'far', ...way }, { dryRun: true }));
      expect(tried).toMatchObject({ changed: false, value: { name: 'far', state: 'connected', apiVersion: '1.41', source: 'service' } });
      expect(tried.value.counts).toEqual({ networks: 3, containers: 0, runningContainers: 0, attachments: 0 });
    }
    const stranger = { ...sshd.ssh, hostKeys: [sshd.publicKey('client')] };
    const refused = refusalOf(await face.addEngine({ name: 'far', ...overSsh(), ssh: stranger }, { dryRun: true }));
    expect(refused).toMatchObject({ code: 'ENGINE_UNREACHABLE', status: 503, detail: expect.stringContaining('SHA256:') });
    expect(refusalOf(await face.getEngine('far')).code).toBe('ENGINE_NOT_FOUND');
    expect(await types(face, 'far')).toEqual(before);
  });

  it('are looked after over ssh, and what they are reached with is never shown', async () => {
    const added = doneOf(await face.addEngine({ name: 'far', ...overSsh(), ssh: { ...sshd.ssh, password: PASSWORD } }));
    expect(added).toMatchObject({ changed: true, value: { name: 'far', source: 'service', endpoint: sshd.endpoint(far.servedAt) } });
    if (added.http) expect(added.http).toMatchObject({ status: 201, location: '/v1/engines/far' });
    await untilConnected(app, ['far']);
    const shown = valueOf(await agreed(app, (each) => each.getEngine('far')));
    expect(shown).toMatchObject({ tls: false, credentials: ['ssh.password', 'ssh.privateKey'], problem: null });
    expect(shown.hostKeys).toEqual([expect.stringMatching(/^ssh-ed25519 SHA256:[\w+/]{43}$/)]);
    const network = valueOf(await face.createNetwork(aNetwork({ engine: 'far' })));
    expect(await far.docker('network', 'ls', '--format', '{{.Name}}')).toContain(network.name);
    valueOf(await face.removeNetwork(network.id));
    const told = JSON.stringify([shown, added, valueOf(await face.listEngines()), app.logged(), valueOf(await face.events({}, { limit: 500 }))]);
    const stored = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1')).join('');
    expect(stored).toContain(sshd.hostKey.split(' ')[1]);
    for (const secret of [PASSWORD, sshd.key.split('\n')[1]!]) expect(told + stored).not.toContain(secret);
    expect((await types(face, 'far')).filter((type) => type.startsWith('engine.')).slice(-2)).toEqual(['engine.added', 'engine.connected']);
  });

  it('are one engine under one name, however it is reached', async () => {
    await add('far', overTls());
    const twice = { code: 'ENGINE_ALREADY_KNOWN', status: 409, extras: { engine: 'far' } };
    const unix = { endpoint: far.endpoint };
    for (const way of [overTls(), { ...overTls(), endpoint: front.endpoint.toUpperCase().replace('TCP', 'tcp') }, unix]) {
      for (const dryRun of [true, false]) expect(refusalOf(await face.addEngine({ name: 'again', ...way }, { dryRun }))).toMatchObject(twice);
    }
    expect(refusalOf(await face.addEngine({ name: 'again', ...overSsh() }))).toMatchObject(twice);
    expect(refusalOf(await face.addEngine({ name: 'far', ...unix }))).toMatchObject({ code: 'ENGINE_NAME_TAKEN', status: 409 });
    const ofSettings = await face.addEngine({ name: 'again', endpoint: local.endpoint });
    expect(refusalOf(ofSettings)).toMatchObject({ code: 'ENGINE_ALREADY_KNOWN', extras: { engine: 'local' } });
    expect(refusalOf(await face.updateEngine('far', { endpoint: local.endpoint, tls: null }))).toMatchObject({ code: 'ENGINE_ALREADY_KNOWN' });
  });

  it('are reached in another way, while what is shown of them stays', async () => {
    await add('far', overSsh());
    const network = valueOf(await face.createNetwork(aNetwork({ engine: 'far' })));
    const { etag } = doneOf(await face.getEngine('far'));
    expect(refusalOf(await face.updateEngine('far', overTls())).code).toBe('VALIDATION_FAILED');
    const change = { ...overTls(), ssh: null };
    expect(doneOf(await face.updateEngine('far', change, { dryRun: true }))).toMatchObject({ value: { endpoint: front.endpoint, tls: true } });
    expect(refusalOf(await face.updateEngine('far', change, { ifMatch: '"stale"' }))).toMatchObject({ code: 'PRECONDITION_FAILED', status: 412 });
    const changed = doneOf(await face.updateEngine('far', change, { ifMatch: etag }));
    expect(changed.value).toMatchObject({ endpoint: front.endpoint, tls: true, credentials: ['tls.ca', 'tls.cert', 'tls.key'], hostKeys: [] });
    expect(valueOf(await face.getNetwork(network.id))).toMatchObject({ id: network.id, engines: ['far'] });
    await untilConnected(app, ['far']);
    expect(valueOf(await face.testEngine('far')).name).toBe('far');
    valueOf(await face.removeNetwork(network.id));
    const told = await types(face, 'far');
    expect(told.slice(told.lastIndexOf('engine.added'))).not.toContain('engine.gap');
  });

  it('keep what they are reached with where that is not said anew', async () => {
    await add('far', overTls());
    const same = doneOf(await face.updateEngine('far', {}));
    if (same.changed !== undefined && same.http === undefined) expect(same.changed).toBe(false);
    const endpoint = front.endpoint.replace('127.0.0.1', 'localhost');
    refusalOf(await face.updateEngine('far', { endpoint: 'tcp://127.0.0.1:1', tls: { cert: front.tls.cert } }));
    const warned = doneOf(await face.updateEngine('far', { endpoint }));
    expect(warned.value).toMatchObject({ endpoint, credentials: ['tls.ca', 'tls.cert', 'tls.key'] });
    // Its certificate is for the address.
    expect(warned.warnings).toEqual([expect.stringContaining('cannot be reached')]);
    expect(valueOf(await face.updateEngine('far', { endpoint: front.endpoint })).endpoint).toBe(front.endpoint);
    await untilConnected(app, ['far']);
  });

  it('may be away when they are added, and are followed once they answer', async () => {
    const away = { name: 'away', endpoint: `unix://${folder}/away.sock` };
    expect(refusalOf(await face.addEngine(away, { dryRun: true }))).toMatchObject({ code: 'ENGINE_UNREACHABLE', status: 503 });
    const added = doneOf(await face.addEngine(away));
    expect(added.warnings).toEqual([expect.stringContaining('cannot be reached')]);
    await eventually(async () => expect(valueOf(await face.getEngine('away'))).toMatchObject({ state: 'unreachable', problem: expect.any(String) }));
    expect(valueOf(await face.listNetworks({ builtin: true })).items.map(({ id }) => id)).toEqual(expect.arrayContaining(['local~bridge']));
    expect(valueOf(await face.listNetworks()).engines).toMatchObject([{ name: 'away', syncedAt: null }, { name: 'local', state: 'connected' }]);
    valueOf(await face.removeEngine('away'));
  });

  it('are gone with all that was shown of them when they are removed, and may come again', async () => {
    await add('far', overTls());
    const network = valueOf(await face.createNetwork(aNetwork({ engine: 'far' })));
    expect(doneOf(await face.removeEngine('far', { dryRun: true }))).toMatchObject({ changed: false });
    doneOf(await face.removeEngine('far'));
    expect(refusalOf(await face.getEngine('far'))).toMatchObject({ code: 'ENGINE_NOT_FOUND', status: 404 });
    expect(refusalOf(await face.getNetwork(network.id)).code).toBe('NETWORK_NOT_FOUND');
    expect(valueOf(await face.listNetworks()).engines.map((each) => each.name)).toEqual(['local']);
    expect((await types(face, 'far')).slice(-2)).toEqual(['engine.disconnected', 'engine.removed']);
    expect(await far.docker('network', 'ls', '--format', '{{.Name}}')).toContain(network.name);
    await far.docker('network', 'rm', network.name);
    await add('far', overTls());
    expect(refusalOf(await face.getNetwork(network.id)).code).toBe('NETWORK_NOT_FOUND');
    // What happened in between is no difference that anybody was told of.
    expect((await types(face, 'far')).slice(-2)).toEqual(['engine.added', 'engine.connected']);
    expect((await app.http.get('/metrics')).text).toContain('fairlead_event_journal_held{engine="far"} 1');
  });

  it('are told apart where names repeat', async () => {
    await add('far', overTls());
    const both = aNetwork({ engine: 'local' });
    const ids = [valueOf(await face.createNetwork(both)).id, valueOf(await face.createNetwork({ ...both, engine: 'far' })).id];
    const refused = refusalOf(await face.getNetwork(both.name));
    expect(refused).toMatchObject({ code: 'AMBIGUOUS_REFERENCE', status: 409 });
    const candidates = refused.extras.candidates as readonly { engine: string }[];
    expect(candidates.map(({ engine }) => engine).sort()).toEqual(['far', 'local']);
    expect(valueOf(await face.getNetwork(both.name, { engine: 'far' })).id).toBe(ids[1]);
    expect(refusalOf(await face.createNetwork({ name: 'nowhere' })).code).toBe('VALIDATION_FAILED');
    for (const id of ids) valueOf(await face.removeNetwork(id));
  });

  it('are no engines of the settings: those are changed there', async () => {
    const refused = { code: 'ENGINE_FROM_SETTINGS', status: 409, extras: { engine: 'local' } };
    expect(refusalOf(await face.updateEngine('local', { endpoint: 'unix:///other' }))).toMatchObject(refused);
    expect(refusalOf(await face.removeEngine('local'))).toMatchObject(refused);
    for (const answer of [await face.updateEngine('nowhere', {}), await face.removeEngine('nowhere')]) {
      expect(refusalOf(answer)).toMatchObject({ code: 'ENGINE_NOT_FOUND', status: 404 });
    }
  });

  const PEM = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
  it.each([
    [{ name: 'Upper' }, 'name'],
    [{ name: '' }, 'name'],
    [{ endpoint: 'http://10.0.0.1' }, 'endpoint'],
    [{ endpoint: 'ssh://10.0.0.1' }, 'endpoint'],
    [{ endpoint: 'ssh://me:secret@10.0.0.1' }, 'endpoint'],
    [{ endpoint: 'ssh://me@10.0.0.1' }, 'ssh'],
    [{ endpoint: 'unix:///a', tls: {} }, 'tls'],
    [{ endpoint: 'tcp://10.0.0.1', ssh: { hostKeys: [] } }, 'ssh'],
    [{ tls: { cert: PEM } }, 'tls.key'],
    [{ tls: { ca: 'text' } }, 'tls.ca'],
    [{ tls: { ca: PEM } }, 'tls.ca'],
    [{ endpoint: 'ssh://me@10.0.0.1', ssh: { hostKeys: [], privateKey: 'x' } }, 'ssh.hostKeys'],
    [{ endpoint: 'ssh://me@10.0.0.1', ssh: { hostKeys: ['ssh-ed25519 AAAA'], privateKey: 'x' } }, 'ssh.hostKeys[0]'],
  ])('are refused with %j', async (wrong, field) => {
    const refused = refusalOf(await face.addEngine({ name: 'wrong', endpoint: 'tcp://10.0.0.1', ...wrong }));
    expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', status: 400, extras: { errors: [{ field }] } });
    expect(JSON.stringify(refused)).not.toContain('secret');
  });

  it('are refused with a private key that cannot be used', async () => {
    const locked = sshd.makeKey('shut', 'phrase');
    for (const [ssh, field] of [
      [{ privateKey: 'nonsense' }, 'ssh.privateKey'],
      [{ privateKey: locked }, 'ssh.passphrase'],
      [{ privateKey: locked, passphrase: 'wrong' }, 'ssh.privateKey'],
      [{ privateKey: undefined }, 'ssh.privateKey'],
      [{ privateKey: sshd.publicKey('client') }, 'ssh.privateKey'],
    ] as const) {
      const refused = refusalOf(await face.addEngine({ name: 'wrong', ...overSsh(), ssh: { ...sshd.ssh, ...ssh } }));
      expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', extras: { errors: [{ field }] } });
    }
  });
});

describe('engines that are kept', () => {
  it('are made, changed and removed once for each key, however often that is asked for', async () => {
    for (const [label, faceOf] of FACES) {
      const face = faceOf(app);
      const keyed = (step: string): { idempotencyKey: string } => ({ idempotencyKey: `${step}-${label}` });
      const twice = async <T>(ask: () => Promise<Answer<T>>): Promise<T> => {
        const [first, second] = [doneOf(await ask()), doneOf(await ask())];
        expect(second.value).toEqual(first.value);
        if (second.http) expect([first.http?.replayed, second.http.replayed]).toEqual([false, true]);
        return first.value;
      };
      await twice(() => face.addEngine({ name: 'far', ...overTls() }, keyed('add')));
      await twice(() => face.updateEngine('far', { endpoint: far.endpoint, tls: null }, keyed('update')));
      await twice(() => face.removeEngine('far', keyed('remove')));
      expect(refusalOf(await face.getEngine('far')).code).toBe('ENGINE_NOT_FOUND');
    }
  });

  it('end the streams of what was on them when they are removed', async () => {
    const face = restFace(app);
    valueOf(await face.addEngine({ name: 'far', ...overTls() }));
    await untilConnected(app, ['far']);
    const network = valueOf(await face.createNetwork(aNetwork({ engine: 'far' })));
    const query = `subscription { networkChanged(ref: "${network.id}") { attachmentCount } }`;
    const seen: unknown[] = [];
    const following = (async () => {
      for await (const state of app.socket().iterate({ query })) seen.push(state);
    })();
    await eventually(async () => {
      valueOf(await face.createContainer(aContainer({ engine: 'far', networks: [{ network: network.id }], start: false })));
      expect(seen.length).toBeGreaterThan(0);
    });
    valueOf(await face.removeEngine('far'));
    await following;
    expect(seen).not.toContainEqual(expect.objectContaining({ errors: expect.anything() }));
    await far.docker('container', 'prune', '--force');
    await far.docker('network', 'rm', network.name);
  });

  it('keep the older of two names where an engine that was away turns out to be known already', async () => {
    const face = restFace(app);
    const socket = join(folder, 'one.sock');
    expect(doneOf(await face.addEngine({ name: 'one', endpoint: `unix://${socket}` })).warnings).toHaveLength(1);
    valueOf(await face.addEngine({ name: 'a-twin', ...overTls() }));
    await untilConnected(app, ['a-twin']);
    symlinkSync(far.servedAt, socket);
    await eventually(
      async () => {
        expect(valueOf(await face.getEngine('one'))).toMatchObject({ state: 'connected', counts: { networks: 3 } });
        const twin = { state: 'unreachable', problem: expect.stringContaining('called one already'), counts: { networks: 0 } };
        expect(valueOf(await face.getEngine('a-twin'))).toMatchObject(twin);
      },
      { timeoutMs: 30_000 },
    );
    valueOf(await face.removeEngine('one'));
    await untilConnected(app, ['a-twin']);
  }, 90_000);

  it('are told apart although one began as a copy of the other', async () => {
    const copy = await startPrivateEngine({ name: 'copy', addressPool: 'base=10.212.0.0/16,size=24' });
    try {
      await copy.kill();
      copyFileSync(join(far.dir, 'data/network/files/local-kv.db'), join(copy.dir, 'data/network/files/local-kv.db'));
      await copy.start();
      const idsOf = async (engine: PrivateEngine): Promise<string[]> =>
        Promise.all(['none', 'bridge'].map((network) => engine.docker('network', 'inspect', '--format', '{{.Id}}', network)));
      const [ids, copied] = [await idsOf(far), await idsOf(copy)];
      expect(copied[0]).toBe(ids[0]);
      expect(copied[1]).not.toBe(ids[1]);
      const face = restFace(app);
      for (const engine of [far, copy]) valueOf(await face.addEngine({ name: engine.name, endpoint: engine.endpoint }));
      await untilConnected(app, ['far', 'copy']);
    } finally {
      await copy.stop();
    }
  });

  it('are no place for webhooks, for as long as they are there', async () => {
    const allowing = await startApp({ webhookAllow: { byDefault: true, blocks: ['127.0.0.1'], hosts: [] } });
    try {
      const hook = (): Promise<{ status: number }> => allowing.http.post('/v1/webhooks?dryRun=true').send({ url: front.endpoint.replace('tcp:', 'https:') });
      expect((await hook()).status).toBe(200);
      valueOf(await restFace(allowing).addEngine({ name: 'far', ...overTls() }));
      expect((await hook()).status).toBe(400);
      valueOf(await restFace(allowing).removeEngine('far'));
      expect((await hook()).status).toBe(200);
    } finally {
      await allowing.close();
    }
  });

  it('come back after a restart; under another secret key they say so, and take new credentials', async () => {
    valueOf(await restFace(app).addEngine({ name: 'far', ...overTls() }));
    await untilConnected(app, ['far']);
    await app.close();
    app = await start({ secretKey: 'another-key-than-before' });
    const face = restFace(app);
    const lost = { credentials: ['tls.ca', 'tls.cert', 'tls.key'], state: 'unreachable', problem: expect.stringContaining('FAIRLEAD_SECRET_KEY') };
    await eventually(async () => expect(valueOf(await face.getEngine('far'))).toMatchObject(lost));
    expect(refusalOf(await face.testEngine('far'))).toMatchObject({ code: 'SECRET_KEY_MISMATCH' });
    expect(refusalOf(await face.updateEngine('far', { endpoint: 'tcp://127.0.0.1:1' }))).toMatchObject({ code: 'SECRET_KEY_MISMATCH' });
    await app.close();
    app = await start();
    await untilConnected(app, ['far']);
    await app.close();
    app = await start({ secretKey: 'another-key-than-before' });
    valueOf(await restFace(app).updateEngine('far', { tls: front.tls }));
    await untilConnected(app, ['far']);
  });
});

describe('engines of the settings over ssh and TLS', () => {
  it('answer one query together, and one that is cut off degrades its own rows only', async () => {
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const known = file('known_hosts', `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
    const tls = { ca: file('ca.pem', front.tls.ca), cert: file('cert.pem', front.tls.cert), key: file('key.pem', front.tls.key) };
    const ssh = { knownHosts: known, key: file('key', sshd.key) };
    const { engines } = loadSettings({
      FAIRLEAD_ENGINES: JSON.stringify([
        { name: 'far', endpoint: front.endpoint, tls },
        { name: 'edge', endpoint: sshd.endpoint(local.servedAt), ssh },
      ]),
    });
    const both = await startApp({ engines });
    try {
      await untilConnected(both, ['far', 'edge']);
      const bridges = async (): Promise<string[]> =>
        valueOf(await agreed(both, (face) => face.listNetworks({ name: 'bridge' }))).items.map(({ id }) => id);
      expect(await bridges()).toEqual(['edge~bridge', 'far~bridge']);
      await sshd.kill();
      await eventually(async () => expect(valueOf(await restFace(both).getEngine('edge'))).toMatchObject({ state: 'unreachable' }));
      expect(await bridges()).toEqual(['edge~bridge', 'far~bridge']);
      const states = valueOf(await restFace(both).listNetworks()).engines.map(({ name, state }) => [name, state]);
      expect(states).toEqual([['edge', 'unreachable'], ['far', 'connected']]);
      expect(refusalOf(await restFace(both).createNetwork(aNetwork({ engine: 'edge' })))).toMatchObject({ code: 'ENGINE_UNREACHABLE' });
      const made = valueOf(await restFace(both).createNetwork(aNetwork({ engine: 'far' })));
      valueOf(await restFace(both).removeNetwork(made.id));
      await sshd.start();
      await untilConnected(both, ['edge']);
    } finally {
      await both.close();
    }
  });
});
