import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '../../src/auth/scopes.js';
import { API_ENDPOINTS } from '../../src/docker/allowed/api-endpoints.js';
import { aContainer } from '../builders/a-container.js';
import { eventually } from '../support/eventually.js';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine.js';
import { openRecordingSocket, type RecordingSocket } from '../support/recording-socket.js';
import { isBehindProxy, proxyLog, putBehindProxy } from '../support/socket-proxy.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { doneOf, refusalOf, valueOf, type Face, type Input } from './face.js';
import { FACES } from './faces.js';
import { standing, untilConnected } from './service.js';

// The service is always behind the socket proxy here, and what it asks for is taken down on the way.
let engine: PrivateEngine;
let recorder: RecordingSocket;
/** With settings as they are by default, and with those that allow all that can be allowed. */
let strict: StartedApp;
let open: StartedApp;
let inHostMode: string;

beforeAll(async () => {
  engine = await startPrivateEngine();
  if (!isBehindProxy()) await putBehindProxy(engine);
  recorder = await openRecordingSocket(engine.servedAt);
  const engines = [{ name: 'local', endpoint: recorder.endpoint }];
  strict = await startApp({ engines });
  open = await startApp({ engines, allowHostNetwork: true, allowImagePull: true });
  inHostMode = await engine.docker('run', '--detach', '--name', 'in-host-mode', '--network', 'host', 'fl-busybox', 'sleep', '3600');
  for (const app of [strict, open]) await untilConnected(app);
});
afterAll(async () => {
  await Promise.all([strict, open].map((app) => app.close()));
  await recorder.close();
  await engine.stop();
});

/** The face of somebody who may do these things, and of nobody else. */
async function faceFor(app: StartedApp, faceOf: (app: StartedApp) => Face, scopes: readonly Scope[]): Promise<Face> {
  const name = `key ${Math.random()}`;
  const { body } = await app.http.post('/v1/api-keys').send({ name, scopes }).expect(201);
  return faceOf(app.as((body as { key: string }).key));
}

const MANAGER = ['containers:read', 'containers:manage', 'engines:read', 'networks:read'] as const;
const PLAIN = {
  ...{ Privileged: false, Binds: null, CapAdd: null, Devices: null, PidMode: '', UsernsMode: '', SecurityOpt: null, IpcMode: 'private' },
  ...{ VolumesFrom: null, DeviceRequests: null, DeviceCgroupRules: null, UTSMode: '', Runtime: 'runc', GroupAdd: null },
};

describe.each(FACES)('over %s', (faceName, faceOf) => {
  let face: Face;
  const named = (name: string): string => `${faceName.toLowerCase()}-${name}`;
  beforeAll(() => {
    face = faceOf(strict);
  });

  it('a whole life of networks and containers passes the socket proxy, and its containers are no more than containers', async () => {
    const [front, back] = [named('front'), named('back')];
    const web = aContainer({ name: named('web'), networks: [{ network: front, aliases: ['w'] }], publishedPorts: [{ containerPort: 80 }], labels: { 'a"b': 'ü\\' } });
    for (const name of [front, back]) doneOf(await face.createNetwork({ name, labels: { Privileged: 'no' } }));
    const { id } = valueOf(await face.createContainer(web));
    const [{ HostConfig, Mounts }] = JSON.parse(await engine.docker('inspect', id)) as [{ HostConfig: Input; Mounts: unknown[] }];
    expect({ HostConfig, Mounts }).toMatchObject({ HostConfig: PLAIN, Mounts: [] });
    doneOf(await face.attach({ network: back, container: id }));
    doneOf(await face.detach(back, id));
    for (const verb of ['pause', 'unpause', 'restart', 'stop', 'start'] as const) doneOf(await face.changeContainer(verb, id, { timeoutSeconds: verb === 'stop' ? 1 : undefined }));
    doneOf(await face.removeContainer(id, { force: true }));
    for (const name of [front, back]) doneOf(await face.removeNetwork(name));
  });

  it.each([
    ...(['privileged', 'binds', 'mounts', 'volumes', 'volumesFrom', 'capAdd', 'devices', 'deviceRequests', 'pidMode', 'ipcMode', 'usernsMode'] as const),
    ...(['securityOpt', 'cgroupParent', 'runtime', 'sysctls', 'user', 'HostConfig', 'hostConfig', 'Privileged'] as const),
  ])('a container cannot be asked for with %s', async (field) => {
    const before = recorder.requests.length;
    for (const value of [true, ['/:/host'], { Privileged: true }]) {
      const refused = refusalOf(await face.createContainer(aContainer({ [field]: value })));
      expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', status: 400, detail: expect.stringContaining(field) as string });
    }
    expect(recorder.requests.slice(before).filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it.each(['mounts', 'privileges', 'capAdd', 'secrets', 'configs', 'sysctls'])('a service cannot be asked for with %s', async (field) => {
    const input = { name: named('service'), image: 'fl-busybox', [field]: [{}] };
    expect(refusalOf(await face.createService(input))).toMatchObject({ code: 'VALIDATION_FAILED', detail: expect.stringContaining(field) as string });
  });

  describe('the network of the host', () => {
    const asks: readonly (readonly [string, (ref: string) => Input])[] = [
      ['by its mode', () => ({ networkMode: 'host' })],
      ['by that of another container', (ref) => ({ networkMode: `container:${ref}` })],
    ];
    it.each(asks)('is not for a key without its scope, whatever the settings: %s', async (_, input) => {
      for (const app of [strict, open]) {
        const manager = await faceFor(app, faceOf, MANAGER);
        for (const dryRun of [true, false]) {
          expect(refusalOf(await manager.createContainer(aContainer(input(inHostMode)), { dryRun }))).toMatchObject({
            ...{ code: 'FORBIDDEN', status: 403, detail: expect.stringContaining('containers:host-network') as string },
          });
        }
      }
    });

    it('is for a key with its scope where the settings allow it', async () => {
      const scopes = [...MANAGER, 'containers:host-network'] as const;
      const refused = refusalOf(await (await faceFor(strict, faceOf, scopes)).createContainer(aContainer({ networkMode: 'host' })));
      expect(refused).toMatchObject({ code: 'FORBIDDEN', detail: expect.stringContaining('FAIRLEAD_ALLOW_HOST_NETWORK') as string });
      const trusted = await faceFor(open, faceOf, scopes);
      for (const [, input] of asks) {
        const { name } = valueOf(await trusted.createContainer(aContainer(input(inHostMode))));
        doneOf(await trusted.removeContainer(name, { force: true }));
      }
    });

    it('cannot be named among networks, by nobody', async () => {
      for (const network of ['host', 'local~host']) {
        expect(refusalOf(await faceOf(open).createContainer(aContainer({ networks: [{ network }] })))).toMatchObject({ code: 'ATTACHMENT_IMPOSSIBLE' });
      }
    });
  });

  describe('an image that the engine lacks', () => {
    // Nothing listens there, so that the engine knows at once that it cannot have it.
    const input = { image: '127.0.0.1:1/nothing:1' };
    const pulls = (): number => recorder.requests.filter(({ url }) => url.includes('/images/create')).length;

    it('is not there where images are not fetched, whatever the key may do', async () => {
      const before = pulls();
      for (const scopes of [MANAGER, [...MANAGER, 'images:pull'] as const]) {
        const refused = refusalOf(await (await faceFor(strict, faceOf, scopes)).createContainer(aContainer(input)));
        expect(refused).toMatchObject({ code: 'IMAGE_NOT_FOUND', detail: expect.stringContaining('FAIRLEAD_ALLOW_IMAGE_PULL') as string });
      }
      expect(pulls()).toBe(before);
    });

    it('is fetched for keys with the scope only', async () => {
      const before = pulls();
      const manager = await faceFor(open, faceOf, MANAGER);
      for (const dryRun of [true, false]) {
        const refused = refusalOf(await manager.createContainer(aContainer(input), { dryRun }));
        expect(refused).toMatchObject({ code: 'FORBIDDEN', detail: expect.stringContaining('images:pull') as string });
      }
      expect(pulls()).toBe(before);
      const trusted = await faceFor(open, faceOf, [...MANAGER, 'images:pull']);
      expect(refusalOf(await trusted.createContainer(aContainer(input))).code).not.toBe('FORBIDDEN');
      expect(pulls()).toBe(before + 1);
    });
  });
});

it('a network whose name says a mode is no way into that mode', async () => {
  const name = `container:${inHostMode}`;
  await engine.docker('network', 'create', name);
  const face = FACES[0]![1](strict);
  await eventually(async () => doneOf(await face.getNetwork(name)));
  const made = valueOf(await face.createContainer(aContainer({ networks: [{ network: name }] })));
  expect(await engine.docker('exec', made.name, 'ls', '/sys/class/net')).not.toContain('docker0');
  doneOf(await face.removeContainer(made.name, { force: true }));
});

describe('of all that was asked of the engine', () => {
  it('nothing was off the list, and the proxy has refused nothing', () => {
    expect(recorder.requests.length).toBeGreaterThan(100);
    expect(recorder.unlisted()).toEqual([]);
    expect(proxyLog(engine).filter((line) => / 403 /.test(line))).toEqual([]);
  });

  it('everything on the list was, but for what belongs to swarms', () => {
    const isUsed = (method: string, path: string): boolean =>
      recorder.requests.some((asked) => asked.method === method && new RegExp(`^(/v[0-9.]+)?${path.replace(/\{\w+\}/, '[^/]+')}(\\?|$)`).test(asked.url));
    const unused = API_ENDPOINTS.filter(({ method, path, part }) => part !== 'swarm' && !isUsed(method, path));
    expect(unused.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it('nothing was left standing by what was refused', async () => {
    expect((await standing(engine)).containers).toEqual(['in-host-mode']);
  });
});
