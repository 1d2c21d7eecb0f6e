import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/resources/container.js';
import type { Network } from '../../src/resources/network.js';
import type { Task } from '../../src/resources/swarm.js';
import { aContainer } from '../builders/a-container.js';
import { eventually } from '../support/eventually.js';
import { refusalOf, valueOf, type Face } from './face.js';
import { agreed, FACES } from './faces.js';
import { restFace } from './rest-face.js';
import { PATIENT, startSwarmLab, type SwarmLab } from './swarm-lab.js';
import { answering, OFFLINE, trafficOf, type Traffic } from './traffic.js';

// Kernels for tests have no IPVS: a virtual address and the routing mesh balance nothing there, so it is names, tasks'
// addresses and ports of nodes (publish mode host) that traffic can prove.
let lab: SwarmLab;
let one: Traffic;

beforeAll(async () => {
  lab = await startSwarmLab(['one', 'two']);
  one = trafficOf(lab.engine('one'));
  const [manager, worker] = ['one', 'two'].map((engine) => ({ engine, advertiseAddress: lab.lan.addressOf(lab.engine(engine)) }));
  valueOf(await restFace(lab.app).formSwarm({ manager, workers: [worker] }));
  await Promise.all(lab.engines.map(async (engine) => {
    await engine.docker('create', '--name', 'mould', 'fl-busybox');
    await engine.docker('commit', '--change', `CMD ${JSON.stringify(answering('image'))}`, 'mould', 'fl-answer');
    await engine.docker('rm', 'mould');
  }));
});
afterAll(() => lab.stop());

async function untilRunning(face: Face, service: string, count: number): Promise<readonly Task[]> {
  return eventually(async () => {
    const tasks = valueOf(await face.listTasks({ service, desiredState: 'running' }, { sort: 'slot' })).items;
    expect(tasks.map(({ state }) => state)).toEqual(Array(count).fill('running'));
    return tasks;
  }, PATIENT);
}

/** What the tasks of a service answer at a port of their host, once all are as they are to be. */
async function untilAnswered(engine: string, port: number, answer: string): Promise<void> {
  await eventually(async () => expect(await atPort(engine, port)).toBe(answer), PATIENT);
}

const atPort = (engine: string, port: number): Promise<string> =>
  lab.engine(engine).exec('timeout', '3', 'busybox', 'wget', '-q', '-O', '-', `http://127.0.0.1:${port}/`);

const addressesOn = ({ id }: Network, tasks: readonly Task[]): string[] =>
  tasks.flatMap(({ addresses }) => addresses.flatMap(({ networkId, address }) => (networkId === id ? [address] : []))).sort();

// Both faces at once, since most of the time the swarm is waited for.
const IN_TURN = { concurrent: false };
describe.concurrent.each(FACES)('a service whose name leads to its tasks, made through %s', (name, faceOf) => {
  const tag = name.toLowerCase();
  const service = `www-${tag}`;
  const [port, otherPort] = name === 'REST' ? [8101, 8102] : [8201, 8202];
  let face: Face;
  let back: Network;
  let front: Network;
  let client: Container;

  beforeAll(async () => {
    face = faceOf(lab.app);
    const subnets = name === 'REST' ? ['10.81.0.0/24', '10.82.0.0/24'] : ['10.83.0.0/24', '10.84.0.0/24'];
    const overlay = { driver: 'overlay', attachable: true };
    back = valueOf(await face.createNetwork({ ...overlay, name: `back-${tag}`, ipam: { pools: [{ subnet: subnets[0] }] } }));
    front = valueOf(await face.createNetwork({ ...overlay, name: `front-${tag}`, ipam: { pools: [{ subnet: subnets[1] }] } }));
    const networks = [{ network: back.name }, { network: front.name }];
    client = valueOf(await face.createContainer(aContainer({ ...OFFLINE, engine: 'one', networks })));
  });

  const untilLookedUp = (host: string, addresses: readonly string[]): Promise<void> =>
    eventually(async () => expect(await one.lookUp(client.name, host)).toEqual(addresses), PATIENT);
  /** By ping: for a name that nobody knows it waits a second, and nslookup five. */
  const untilUnknown = (host: string): Promise<void> =>
    eventually(() => expect(one.ping(client.name, host)).rejects.toThrow('bad address'), PATIENT);

  it('has no virtual address, and publishes ports on the hosts of its tasks only', IN_TURN, async () => {
    const input = {
      name: service,
      image: 'fl-busybox',
      command: answering('first'),
      endpointMode: 'dnsrr',
      networks: [{ network: back.name, aliases: [`old-${tag}`] }],
      publishedPorts: [{ targetPort: 80, publishedPort: port, publishMode: 'host' }],
      labels: { team: 'web', tier: '1' },
    };
    for (const each of [{}, { protocol: 'udp' }]) {
      const mesh = { ...input, publishedPorts: [{ targetPort: 80, publishedPort: port, ...each }] };
      const refused = refusalOf(await agreed(lab.app, (asked) => asked.createService(mesh)));
      expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', status: 400, extras: { errors: [{ field: 'publishedPorts[0].publishMode' }] } });
      expect(refused.detail).toContain('must be host where endpointMode is dnsrr');
    }
    expect(valueOf(await face.createService(input))).toMatchObject({ endpointMode: 'dnsrr', mode: 'replicated', replicas: 1 });
    const [task] = await untilRunning(face, service, 1);
    const engine = task?.engine ?? '';
    await untilAnswered(engine, port, 'first');
    await expect(atPort(engine === 'one' ? 'two' : 'one', port)).rejects.toThrow('refused');
    const addresses = addressesOn(back, [task as Task]);
    for (const host of [service, `old-${tag}`, `tasks.${service}`]) await untilLookedUp(host, addresses);
    expect(await one.fetch(client.name, service)).toBe('first');
    expect(valueOf(await face.getService(service))).toMatchObject({
      virtualAddresses: [],
      publishedPorts: [{ targetPort: 80, protocol: 'tcp', publishedPort: port, publishMode: 'host' }],
    });
  });

  it('has other replicas and labels with the same tasks', IN_TURN, async () => {
    const [before] = await untilRunning(face, service, 1);
    expect(valueOf(await face.updateService(service, { replicas: 2, labels: { team: 'shop' } }))).toMatchObject({ replicas: 2, labels: { team: 'shop' } });
    const tasks = await untilRunning(face, service, 2);
    expect(tasks.map(({ id }) => id)).toContain(before?.id);
    expect(tasks.map(({ engine }) => engine).sort()).toEqual(['one', 'two']);
    await untilLookedUp(service, addressesOn(back, tasks));
    for (const engine of ['one', 'two']) await untilAnswered(engine, port, 'first');
    expect(valueOf(await face.updateService(service, { labels: null })).labels).toEqual({});
    expect(valueOf(await face.updateService(service, { replicas: 1 })).replicas).toBe(1);
    const left = await untilRunning(face, service, 1);
    expect(tasks.map(({ id }) => id)).toContain(left[0]?.id);
    await untilLookedUp(service, addressesOn(back, left));
  });

  it('runs another command, under another alias, and on one more network', IN_TURN, async () => {
    const networks = [{ network: back.name, aliases: [`new-${tag}`] }, { network: front.name, aliases: ['shop'] }];
    const changed = valueOf(await face.updateService(service, { command: answering('second'), networks }));
    expect(changed.networks).toEqual([
      { networkId: back.id, networkName: back.name, aliases: [`new-${tag}`] },
      { networkId: front.id, networkName: front.name, aliases: ['shop'] },
    ]);
    await untilUnknown(`old-${tag}`);
    const tasks = await untilRunning(face, service, 1);
    await untilLookedUp(`new-${tag}`, addressesOn(back, tasks));
    await untilLookedUp('shop', addressesOn(front, tasks));
    expect(await one.fetch(client.name, 'shop')).toBe('second');
    await untilAnswered(tasks[0]?.engine ?? '', port, 'second');
  });

  it('runs another image as that image says, is taken off a network, and gets a virtual address', IN_TURN, async () => {
    const changes = { image: 'fl-answer', command: null, networks: [{ network: front.name }], endpointMode: 'vip' };
    expect(valueOf(await face.updateService(service, changes))).toMatchObject({ image: 'fl-answer', command: [], endpointMode: 'vip' });
    const tasks = await eventually(async () => {
      const running = await untilRunning(face, service, 1);
      expect([addressesOn(back, running), addressesOn(front, running)]).toEqual([[], [expect.any(String)]]);
      return running;
    }, PATIENT);
    await untilLookedUp(`tasks.${service}`, addressesOn(front, tasks));
    const [virtual] = await eventually(async () => {
      const { virtualAddresses } = valueOf(await agreed(lab.app, (each) => each.getService(service)));
      expect(virtualAddresses.map(({ networkId }) => networkId)).toEqual([front.id]);
      return virtualAddresses;
    }, PATIENT);
    await untilLookedUp(service, [virtual?.address ?? '']);
    for (const host of [`new-${tag}`, 'shop']) await untilUnknown(host);
    expect(await one.fetch(client.name, `tasks.${service}`)).toBe('image');
    expect(valueOf(await face.listTasks({ network: back.id, state: 'running' })).total).toBe(0);
  });

  it('publishes other ports, and is told which one stands in the way of another endpoint mode', IN_TURN, async () => {
    const moved = { targetPort: 80, publishedPort: otherPort, publishMode: 'host' };
    valueOf(await face.updateService(service, { publishedPorts: [moved, { targetPort: 81 }] }));
    const chosen = await eventually(async () => {
      const { publishedPorts } = valueOf(await agreed(lab.app, (each) => each.getService(service)));
      expect(publishedPorts).toEqual([{ ...moved, protocol: 'tcp' }, { targetPort: 81, protocol: 'tcp', publishedPort: expect.any(Number) as number, publishMode: 'ingress' }]);
      return publishedPorts[1]?.publishedPort;
    }, PATIENT);
    const refused = refusalOf(await agreed(lab.app, (each) => each.updateService(service, { endpointMode: 'dnsrr' })));
    expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', extras: { errors: [{ field: 'endpointMode' }] } });
    expect(refused.detail).toContain('while port 81/tcp is published with publishMode ingress');
    const [task] = await untilRunning(face, service, 1);
    await untilAnswered(task?.engine ?? '', otherPort, 'image');
    for (const engine of ['one', 'two']) await expect(atPort(engine, port)).rejects.toThrow('refused');
    // What the swarm chose stays the swarm's to choose, and the tasks stay.
    valueOf(await face.updateService(service, { labels: { a: 'b' } }));
    const { publishedPorts } = valueOf(await face.getService(service));
    expect(publishedPorts[1]?.publishedPort).toBe(chosen);
    expect((await untilRunning(face, service, 1))[0]?.id).toBe(task?.id);
  });

  it('goes with all that it held', IN_TURN, async () => {
    valueOf(await face.removeService(service));
    await untilUnknown(service);
    await eventually(async () => {
      for (const engine of ['one', 'two']) await expect(atPort(engine, otherPort)).rejects.toThrow('refused');
    }, PATIENT);
  });
});

describe.concurrent.each(FACES)('a service with one task on each node, made through %s', (name, faceOf) => {
  const service = `each-${name.toLowerCase()}`;
  const port = name === 'REST' ? 8103 : 8203;

  it('has no other number of them', IN_TURN, async () => {
    const face = faceOf(lab.app);
    const network = valueOf(await face.createNetwork({ name: service, driver: 'overlay', attachable: true }));
    const client = valueOf(await face.createContainer(aContainer({ ...OFFLINE, engine: 'one', networks: [{ network: network.name }] })));
    const publishedPorts = [{ targetPort: 80, publishedPort: port, publishMode: 'host' }];
    const input = { name: service, image: 'fl-answer', mode: 'global', networks: [{ network: service }], publishedPorts };
    expect(valueOf(await face.createService(input, { dryRun: true }))).toMatchObject({ mode: 'global', replicas: null });
    expect(valueOf(await face.createService(input))).toMatchObject({ mode: 'global', replicas: null });
    const tasks = await untilRunning(face, service, 2);
    expect(tasks.map(({ engine, slot }) => `${engine} ${slot}`).sort()).toEqual(['one null', 'two null']);
    for (const engine of ['one', 'two']) await untilAnswered(engine, port, 'image');
    await eventually(async () => expect(await one.lookUp(client.name, `tasks.${service}`)).toEqual(addressesOn(network, tasks)), PATIENT);
    const refused = refusalOf(await agreed(lab.app, (each) => each.updateService(service, { replicas: 3 })));
    expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', extras: { errors: [{ field: 'replicas' }] } });
    expect(valueOf(await face.updateService(service, { labels: { a: 'b' } }))).toMatchObject({ mode: 'global', replicas: null });
    expect(valueOf(await agreed(lab.app, (each) => each.listServices({ mode: 'global', name: service }))).total).toBe(1);
    valueOf(await face.removeService(service));
  });
});

describe('a published port that is taken', () => {
  it('is refused, naming who has it', async () => {
    const face = restFace(lab.app);
    const base = { image: 'fl-busybox', command: ['sleep', '1000'], replicas: 0 };
    const holder = valueOf(await face.createService({ ...base, name: 'holder', publishedPorts: [{ targetPort: 80, publishedPort: 8301 }] }));
    const pointer = { kind: 'service', id: holder.id, name: 'holder' };
    valueOf(await face.createService({ ...base, name: 'other', publishedPorts: [{ targetPort: 53, protocol: 'udp', publishedPort: 8301 }] }));
    const stopped = aContainer({ engine: 'two', name: 'stopped', start: false, publishedPorts: [{ containerPort: 80, hostPort: 8302 }] });
    const { id } = valueOf(await face.createContainer(stopped));
    const taken: [object, object][] = [
      [{ targetPort: 81, publishedPort: 8301 }, pointer],
      [{ targetPort: 81, publishedPort: 8301, publishMode: 'host' }, pointer],
      [{ targetPort: 81, publishedPort: 8302 }, { kind: 'container', id, name: 'stopped', engine: 'two' }],
    ];
    for (const [port, expected] of taken) {
      const publishedPorts = [{ targetPort: 82 }, port];
      for (const write of [
        (each: Face) => each.createService({ ...base, name: 'third', publishedPorts }),
        (each: Face) => each.updateService('other', { publishedPorts }),
      ]) {
        const refused = refusalOf(await agreed(lab.app, write));
        expect(refused).toMatchObject({ code: 'PORT_IN_USE', status: 409, extras: { holder: expected, errors: [{ field: 'publishedPorts[1].publishedPort' }] } });
        expect(refused.detail).toContain((expected as { name: string }).name);
      }
    }
    // Its own port is no obstacle to a service, nor is a port of one node's to that of another's.
    valueOf(await face.updateService('holder', { publishedPorts: [{ targetPort: 81, publishedPort: 8301 }] }));
    valueOf(await face.updateService('other', { publishedPorts: [{ targetPort: 80, publishedPort: 8302, publishMode: 'host' }] }));
  });
});
