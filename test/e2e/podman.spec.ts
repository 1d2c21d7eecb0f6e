import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aContainer } from '../builders/a-container.js';
import { aNetwork, aSubnet, addressIn } from '../builders/a-network.js';
import { eventually } from '../support/eventually.js';
import { startPrivatePodman, type PrivatePodman } from '../support/private-podman.js';
import { startApp, type StartedApp } from '../support/start-app.js';
import { doneOf, refusalOf, valueOf, type Face } from './face.js';
import { agreed, FACES } from './faces.js';
import { restFace } from './rest-face.js';
import { untilConnected } from './service.js';

/** Most comes within a second; networks that others make are found at the next review. */
const PATIENT = { timeoutMs: 40_000 };

let podman: PrivatePodman;
let app: StartedApp;

beforeAll(async () => {
  podman = await startPrivatePodman();
  app = await startApp({ engines: [{ name: 'pod', endpoint: podman.endpoint }], allowHostNetwork: true });
  await untilConnected(app, ['pod']);
});

afterAll(async () => {
  await app.close();
  await podman.stop();
});

describe('a Podman', () => {
  it('is an engine that says what it is', async () => {
    const engine = valueOf(await agreed(app, (face) => face.getEngine('pod')));
    expect(engine).toMatchObject({
      state: 'connected',
      version: expect.stringMatching(/^\d+\.\d+/) as string,
      apiVersion: '1.41',
      platform: { name: 'Podman Engine', os: 'linux' },
      networkDrivers: expect.arrayContaining(['bridge', 'macvlan']) as string[],
      swarmRole: 'none',
      problem: null,
    });
  });

  it('has its default network under the name and the stable id that Docker has it by', async () => {
    const network = valueOf(await agreed(app, (face) => face.getNetwork('pod~bridge')));
    expect(network).toMatchObject({ name: 'bridge', driver: 'bridge', builtin: true, ipam: { pools: [{ subnet: '10.88.0.0/16' }] } });
    const before = doneOf(await restFace(app).getNetwork('bridge')).etag;
    // Podman makes it up anew when its networks change, which is no change of this one.
    await podman.docker('network', 'create', 'unrelated');
    await eventually(async () => valueOf(await restFace(app).getNetwork('unrelated')), PATIENT);
    expect(doneOf(await restFace(app).getNetwork('bridge')).etag).toBe(before);
  }, 60_000);

  it('shows what was there before and what others do, on both faces alike', async () => {
    await podman.docker('run', '--detach', '--name', 'foreign', '--network', 'unrelated', '--publish', '8080:80', 'fl-busybox', 'sleep', '3600');
    const container = await eventually(async () => {
      const shown = valueOf(await agreed(app, (face) => face.getContainer('foreign')));
      expect(shown.state).toBe('running');
      return shown;
    }, PATIENT);
    expect(container).toMatchObject({
      networkMode: 'unrelated',
      image: 'fl-busybox',
      command: ['sleep', '3600'],
      publishedPorts: [{ containerPort: 80, protocol: 'tcp', hostPort: 8080 }],
    });
    const [attachment] = container.attachments;
    expect(attachment).toMatchObject({ networkName: 'unrelated', active: true, broken: null, ipv4PrefixLength: 24 });
    const network = valueOf(await agreed(app, (face) => face.getNetwork('unrelated')));
    expect([attachment?.networkId, network.attachmentCount]).toEqual([network.id, 1]);
    await podman.docker('stop', '--time', '0', 'foreign');
    await eventually(async () => {
      const stopped = valueOf(await agreed(app, (face) => face.getContainer('foreign')));
      expect(stopped).toMatchObject({ state: 'exited', exitCode: 137, attachments: [{ active: false, ipv4Address: null }] });
    }, PATIENT);
    await podman.docker('rm', 'foreign');
    await eventually(async () => expect(refusalOf(await restFace(app).getContainer('foreign')).code).toBe('CONTAINER_NOT_FOUND'), PATIENT);
  }, 120_000);
});

describe.each(FACES)('on a Podman through %s', (_name, faceOf) => {
  let face: Face;

  beforeAll(() => {
    face = faceOf(app);
  });

  it('makes and removes a network with subnet, gateway, labels and options', async () => {
    const subnet = aSubnet();
    const pool = { subnet, gateway: addressIn(subnet, 9) };
    const input = aNetwork({ internal: true, labels: { team: 'web' }, ipam: { pools: [pool] } });
    const { value: made } = doneOf(await face.createNetwork(input));
    expect(made).toMatchObject({ name: input.name, driver: 'bridge', internal: true, labels: { team: 'web' }, ipam: { pools: [pool] } });
    expect(valueOf(await agreed(app, (each) => each.getNetwork(made.id)))).toEqual(made);
    expect(await podman.docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', made.engineId)).toBe(pool.gateway);
    expect((await face.removeNetwork(made.id)).ok).toBe(true);
    expect(await podman.docker('network', 'ls', '--format', '{{.Name}}')).not.toContain(input.name);
  });

  it('makes a container on two networks with an address, aliases and a MAC address, and they find each other by name', async () => {
    const subnets = [aSubnet(), aSubnet()] as const;
    const [front, back] = [aNetwork({ ipam: { pools: [{ subnet: subnets[0] }] } }), aNetwork({ ipam: { pools: [{ subnet: subnets[1] }] } })];
    for (const input of [front, back]) valueOf(await face.createNetwork(input));
    const shown = { ipv4Address: addressIn(subnets[0], 77), macAddress: '02:42:0a:0a:00:4d', aliases: ['api'] };
    const made = valueOf(await face.createContainer(aContainer({ networks: [{ network: front.name, ...shown }, { network: back.name }] })));
    expect(made).toMatchObject({ state: 'running', networkMode: [front.name, back.name].sort()[0] });
    const [onFront, onBack] = [front, back].map(({ name }) => made.attachments.find(({ networkName }) => networkName === name));
    expect(onFront).toMatchObject({ active: true, ...shown, ipv4PrefixLength: 24, gateway: addressIn(subnets[0], 1) });
    expect(onBack).toMatchObject({ active: true, broken: null });
    expect(valueOf(await agreed(app, (each) => each.listAttachments({ container: made.id }))).total).toBe(2);

    const other = valueOf(await face.createContainer(aContainer({ networks: [{ network: front.name }] })));
    expect(await podman.docker('exec', other.name, 'ping', '-c', '1', '-W', '5', 'api')).toContain(shown.ipv4Address);
    for (const { id } of [made, other]) expect((await face.removeContainer(id, { force: true })).ok).toBe(true);
    for (const { name } of [front, back]) expect((await face.removeNetwork(name)).ok).toBe(true);
  });

  it('attaches and detaches, running and stopped, and shows it at once', async () => {
    const subnet = aSubnet();
    const network = valueOf(await face.createNetwork(aNetwork({ ipam: { pools: [{ subnet }] } })));
    for (const start of [true, false]) {
      const box = valueOf(await face.createContainer(aContainer({ start })));
      expect(box).toMatchObject({ networkMode: 'bridge', attachments: [{ networkId: 'pod~bridge', active: start }] });
      const where = { network: network.id, container: box.id };
      const made = doneOf(await face.attach({ ...where, aliases: ['web'], ...(start ? { ipv4Address: addressIn(subnet, 50) } : {}) }));
      expect(made).toMatchObject({ changed: true, value: { active: start, aliases: ['web'], broken: null } });
      if (start) expect(made.value).toMatchObject({ ipv4Address: addressIn(subnet, 50), ipv4PrefixLength: 24 });
      expect(valueOf(await agreed(app, (each) => each.getAttachment(made.value.id)))).toEqual(made.value);
      expect(valueOf(await agreed(app, (each) => each.getNetwork(network.id))).attachmentCount).toBe(1);
      expect(refusalOf(await face.removeNetwork(network.id))).toMatchObject({ code: 'NETWORK_IN_USE', status: 409 });
      expect((await face.detach(network.id, box.id)).ok).toBe(true);
      expect(refusalOf(await agreed(app, (each) => each.getAttachment(made.value.id))).code).toBe('ATTACHMENT_NOT_FOUND');
      expect(await podman.docker('inspect', '--format', '{{len .NetworkSettings.Networks}}', box.id)).toBe('1');
      valueOf(await face.removeContainer(box.id, { force: true }));
    }
    expect((await face.removeNetwork(network.id)).ok).toBe(true);
  });

  it('starts, stops, pauses and restarts a container', async () => {
    const { id } = valueOf(await face.createContainer(aContainer({ start: false })));
    expect(valueOf(await face.startContainer(id)).state).toBe('running');
    expect(valueOf(await face.pauseContainer(id)).state).toBe('paused');
    expect(valueOf(await face.unpauseContainer(id)).state).toBe('running');
    expect(valueOf(await face.restartContainer(id, { timeoutSeconds: 0 })).state).toBe('running');
    expect(valueOf(await face.stopContainer(id, { timeoutSeconds: 0 })).state).toBe('exited');
    expect((await face.removeContainer(id)).ok).toBe(true);
  });

  it('gives a container the network of the host, of another, or none', async () => {
    const other = valueOf(await face.createContainer(aContainer()));
    for (const networkMode of ['host', 'none', `container:${other.id}`]) {
      const made = valueOf(await face.createContainer(aContainer({ networkMode })));
      expect(made).toMatchObject({ state: 'running', networkMode, attachments: [] });
      expect(refusalOf(await face.attach({ network: 'unrelated', container: made.id })).code).toBe('ATTACHMENT_IMPOSSIBLE');
      valueOf(await face.removeContainer(made.id, { force: true }));
    }
    valueOf(await face.removeContainer(other.id, { force: true }));
  });
});

it('is followed on from where the log ends: what befell its containers meanwhile is told step by step', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'fairlead-test-'));
  const open = async (): Promise<StartedApp> => {
    const opened = await startApp({ engines: [{ name: 'pod', endpoint: podman.endpoint }], dataFolder });
    await untilConnected(opened, ['pod']);
    return opened;
  };
  await podman.docker('run', '--name', 'earlier', 'fl-busybox', 'true');
  const before = await open();
  const { nextCursor: after } = valueOf(await restFace(before).events());
  await before.close();
  await podman.docker('run', '--name', 'meanwhile', 'fl-busybox', 'true');
  await podman.docker('rm', 'meanwhile');
  podman.rememberMore(20_000);
  const again = await open();
  const { items } = valueOf(await restFace(again).events({}, after === null ? {} : { after }));
  const told = items.filter(({ subject }) => subject.name === 'meanwhile' || subject.kind === 'engine');
  expect(told.map(({ type, origin }) => [type, origin])).toEqual([
    ['engine.connected', 'engine'],
    ...['container.created', 'container.started', 'container.exited', 'container.removed'].map((type) => [type, 'engine']),
  ]);
  await again.close();
  await rm(dataFolder, { recursive: true, force: true });
});
