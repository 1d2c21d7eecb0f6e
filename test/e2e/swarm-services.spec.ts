import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inAttempt } from '../../src/inventory/attempt.js';
import type { Container } from '../../src/resources/container.js';
import type { Network } from '../../src/resources/network.js';
import type { Task } from '../../src/resources/swarm.js';
import { ServicesService } from '../../src/services/services.service.js';
import type { SwarmMemberInput } from '../../src/swarms/swarm.inputs.js';
import { SwarmsService } from '../../src/swarms/swarms.service.js';
import { A_CALLER } from '../builders/a-caller.js';
import { aContainer } from '../builders/a-container.js';
import { inWholeSight } from '../inventory/in-whole-sight.js';
import { eventually } from '../support/eventually.js';
import { refusalOf, valueOf, type Face } from './face.js';
import { agreed, FACES } from './faces.js';
import { restFace } from './rest-face.js';
import { PATIENT, startSwarmLab, untilPinged, type SwarmLab } from './swarm-lab.js';
import { OFFLINE, trafficOf } from './traffic.js';

let lab: SwarmLab;

beforeAll(async () => {
  lab = await startSwarmLab(['one', 'two']);
  const [manager, worker] = ['one', 'two'].map((engine) => ({ engine, advertiseAddress: lab.lan.addressOf(lab.engine(engine)) }));
  valueOf(await restFace(lab.app).formSwarm({ manager, workers: [worker] }));
});
afterAll(() => lab.stop());

const ENGINES = ['one', 'two'];
const IDLE = ['sleep', '3600'];
/** Answers with the task's host name, which is its container's short id. */
const HTTPD = ['sh', '-c', 'hostname > /tmp/index.html; exec httpd -f -p 80 -h /tmp'];

async function untilRunning(face: Face, service: string, count: number): Promise<readonly Task[]> {
  return eventually(async () => {
    const tasks = valueOf(await face.listTasks({ service, state: 'running', desiredState: 'running' }, { sort: 'slot' })).items;
    expect(tasks).toHaveLength(count);
    return tasks;
  }, PATIENT);
}

const addressOn = (network: Network, { addresses }: Task): string =>
  addresses.find(({ networkId }) => networkId === network.id)?.address ?? '';

/** The addresses that a name leads to, as a container sees it. */
async function resolve(engine: string, from: string, name: string): Promise<string[]> {
  const answer = await lab.engine(engine).docker('exec', from, 'nslookup', name);
  // Before the names stands the server that was asked.
  return [...answer.slice(answer.indexOf('Name:')).matchAll(/10\.\d+\.\d+\.\d+/g)].map(([address]) => address).sort();
}

describe.each(FACES)('a service made through %s', (name, faceOf) => {
  const service = `web-${name.toLowerCase()}`;
  const port = name === 'REST' ? 8081 : 8082;
  let face: Face;
  let network: Network;
  /** One on each engine. */
  let clients: Container[];

  beforeAll(async () => {
    face = faceOf(lab.app);
    const subnet = name === 'REST' ? '10.71.0.0/24' : '10.72.0.0/24';
    network = valueOf(await face.createNetwork({ name: `back-${name.toLowerCase()}`, driver: 'overlay', attachable: true, ipam: { pools: [{ subnet }] } }));
    clients = await Promise.all(
      ENGINES.map(async (engine) => valueOf(await face.createContainer(aContainer({ ...OFFLINE, engine, networks: [{ network: network.name }] })))),
    );
  });

  it('has tasks on both engines that answer at their addresses and names on either', async () => {
    const input = {
      name: service,
      image: 'fl-busybox',
      command: HTTPD,
      replicas: 2,
      networks: [{ network: network.name, aliases: ['www'] }],
      publishedPorts: [{ targetPort: 80, publishedPort: port }],
      labels: { team: 'web' },
    };
    const tried = await face.createService(input, { dryRun: true });
    expect(tried).toMatchObject({ ok: true, changed: false, value: { name: service, networks: [{ networkName: network.name }] } });
    const made = valueOf(await face.createService(input));
    expect(made).toMatchObject({ name: service, replicas: 2, mode: 'replicated', endpointMode: 'vip', labels: { team: 'web' } });
    const tasks = await untilRunning(face, service, 2);
    expect(tasks.map(({ engine }) => engine).sort()).toEqual(['one', 'two']);
    const answers = new Map(tasks.map((task) => [addressOn(network, task), task.containerId?.slice(0, 12)]));
    const addresses = [...answers.keys()].sort();
    const shown = valueOf(await agreed(lab.app, (each) => each.getService(service)));
    const virtual = shown.virtualAddresses.find(({ networkId }) => networkId === network.id)?.address;
    for (const { engine, name: client } of clients) {
      const fetched = (host: string): Promise<string> => eventually(() => trafficOf(lab.engine(engine)).fetch(client, host), PATIENT);
      for (const [address, answer] of answers) expect(await fetched(address)).toBe(answer);
      await eventually(async () => expect(await resolve(engine, client, `tasks.${service}`)).toEqual(addresses), PATIENT);
      expect([...answers.values()]).toContain(await fetched(`tasks.${service}`));
      for (const host of [service, 'www']) {
        await eventually(async () => expect(await resolve(engine, client, host)).toEqual([virtual]), PATIENT);
        // IPVS leads from the virtual address to the tasks. Not every kernel has it: there, only the name is seen to hold.
        if (existsSync('/proc/net/ip_vs')) expect([...answers.values()]).toContain(await fetched(host));
      }
    }
    expect(shown).toMatchObject({ runningTasks: 2, publishedPorts: [{ targetPort: 80, publishedPort: port, publishMode: 'ingress' }] });
    expect(valueOf(await face.getNetwork(network.id))).toMatchObject({ engines: ['one', 'two'], attachmentCount: 4 });
  });

  it('is refused where its name, its port or a network of it does not do', async () => {
    const base = { name: `other-${service}`, image: 'fl-busybox', command: IDLE };
    const wrong: [object, string][] = [
      [{ ...base, name: service }, 'SERVICE_NAME_TAKEN'],
      [{ ...base, name: 'a b' }, 'VALIDATION_FAILED'],
      [{ ...base, publishedPorts: [{ targetPort: 80, publishedPort: port }] }, 'PORT_IN_USE'],
      [{ ...base, endpointMode: 'dnsrr', publishedPorts: [{ targetPort: 80, publishedPort: 9000 }] }, 'VALIDATION_FAILED'],
      [{ ...base, networks: [{ network: 'nowhere' }] }, 'NETWORK_NOT_FOUND'],
      [{ ...base, networks: [{ network: 'ingress' }] }, 'NETWORK_NOT_ATTACHABLE'],
      [{ ...base, networks: [{ network: 'one~bridge' }] }, 'NETWORK_NOT_ATTACHABLE'],
      [{ ...base, mode: 'global', replicas: 2 }, 'VALIDATION_FAILED'],
      [{ ...base, image: 'not-here' }, 'IMAGE_NOT_FOUND'],
      [{ ...base, swarm: 'nowhere' }, 'SWARM_NOT_FOUND'],
    ];
    for (const [input, code] of wrong) {
      expect(refusalOf(await agreed(lab.app, (each) => each.createService(input as never))).code).toBe(code);
    }
    // GraphQL has words of its own for what is none of an enum.
    expect(refusalOf(await face.createService({ ...base, mode: 'job' })).code).toBe('VALIDATION_FAILED');
  });

  it('keeps what an update does not speak of, and is changed only as it was read', async () => {
    const { etag = '' } = (await face.getService(service)) as { etag?: string };
    const scaled = valueOf(await face.updateService(service, { replicas: 3, publishedPorts: null }, { ifMatch: etag }));
    expect(scaled).toMatchObject({ replicas: 3, publishedPorts: [], command: HTTPD, labels: { team: 'web' }, networks: [{ networkId: network.id, aliases: ['www'] }] });
    expect(refusalOf(await face.updateService(service, { replicas: 9 }, { ifMatch: etag })).code).toBe('PRECONDITION_FAILED');
  });

  it('is removed with its tasks, after which its network can be', async () => {
    expect(refusalOf(await agreed(lab.app, (each) => each.removeNetwork(network.name))).code).toBe('NETWORK_IN_USE');
    valueOf(await face.removeService(service));
    expect(refusalOf(await agreed(lab.app, (each) => each.getService(service))).code).toBe('SERVICE_NOT_FOUND');
    await eventually(async () => expect(valueOf(await face.getNetwork(network.id)).attachmentCount).toBe(clients.length), PATIENT);
    for (const { id } of clients) valueOf(await face.removeContainer(id, { force: true }));
    await eventually(async () => valueOf(await face.removeNetwork(network.id)), PATIENT);
  });
});

describe('a change of which nobody knows what became', () => {
  /** As after a crash: what was meant had been noted, and nobody has been at it for two minutes. */
  const afterCrash = <T>(noted: object, ask: () => Promise<T>): Promise<T> =>
    inAttempt({ noted, silentMs: 120_000, note: () => Promise.reject(new Error('is not to be noted again')) }, ask);

  it('is looked into by asking the swarm, and nothing is done a second time', async () => {
    const services = inWholeSight(lab.app.app.get(ServicesService));
    const input = { name: 'once', image: 'fl-busybox', command: IDLE, publishedPorts: [{ targetPort: 80 }], labels: { a: 'b' } };
    const made = valueOf(await restFace(lab.app).createService(input));
    const { swarmId } = made;
    const spec = { ...input, replicas: 1, networks: [], endpointMode: 'vip', ports: [{ targetPort: 80, protocol: 'tcp', publishMode: 'ingress' }] };
    const again = (name: string, namesake: string | null, changes: object = {}) =>
      afterCrash({ swarmId, spec: { ...spec, name, ...changes }, namesake }, () => services.create({ ...input, name }, { caller: A_CALLER }));
    expect(await again('once', null)).toMatchObject({ changed: true, resource: { id: made.id } });
    await expect(again('once', made.id)).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNFINISHED' });
    await expect(again('once', null, { replicas: 2 })).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNFINISHED' });
    await expect(again('never', null)).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNFINISHED' });
    const change = (changes: object) => afterCrash({ swarmId, id: made.id, name: 'once', changes }, () => services.update('once', changes, { caller: A_CALLER }));
    expect(await change({ replicas: 1 })).toMatchObject({ resource: { id: made.id, replicas: 1 } });
    for (const undone of [{ replicas: 2 }, { labels: {} }, { ports: [{ ...spec.ports[0], publishMode: 'host' }] }]) {
      await expect(change(undone)).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNFINISHED' });
    }
    const removal = () => afterCrash({ swarmId, service: made }, () => services.remove('once', {}));
    await expect(removal()).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNFINISHED' });
    valueOf(await restFace(lab.app).removeService('once'));
    expect(await removal()).toMatchObject({ changed: true, resource: { id: made.id } });
  });

  it('of a swarm or a node is looked into likewise', async () => {
    const swarms = inWholeSight(lab.app.app.get(SwarmsService));
    const [one, two] = ['one', 'two'].map((engine) => ({ engine, advertiseAddress: lab.lan.addressOf(lab.engine(engine)) }));
    const standing = valueOf(await restFace(lab.app).getSwarm('one'));
    const node = valueOf(await restFace(lab.app).getNode('two'));
    const form = () => swarms.form({ manager: one as SwarmMemberInput, workers: [two as SwarmMemberInput] }, {});
    expect(await afterCrash({ engines: ['one', 'two'] }, form)).toMatchObject({ resource: { id: standing.id } });
    const noted = { swarmId: standing.id, id: node.id, engine: 'two', node };
    expect(await afterCrash(noted, () => swarms.addNode(two as SwarmMemberInput, {}))).toMatchObject({ resource: { id: node.id } });
    expect(await afterCrash(noted, () => swarms.updateNode('two', { availability: 'active' }, {}))).toMatchObject({ resource: { id: node.id } });
    await expect(afterCrash(noted, () => swarms.updateNode('two', { availability: 'drain' }, {}))).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNFINISHED' });
    await expect(afterCrash(noted, () => swarms.removeNode('two', {}))).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNFINISHED' });
  });
});

describe('a network that is nearly full', () => {
  it('takes no more tasks than it has addresses for, and says so before any of them waits', async () => {
    const face = restFace(lab.app);
    const tiny = valueOf(await face.createNetwork({ name: 'tiny', driver: 'overlay', ipam: { pools: [{ subnet: '10.73.0.0/29' }] } }));
    expect(tiny.ipam.pools[0]?.usage).toEqual({ capacity: '6', inUse: '1', free: '5' });
    const input = { name: 'many', image: 'fl-busybox', command: IDLE, networks: [{ network: 'tiny' }] };
    const refused = refusalOf(await agreed(lab.app, (each) => each.createService({ ...input, replicas: 3 })));
    expect(refused).toMatchObject({ code: 'ADDRESS_POOL_EXHAUSTED', status: 409 });
    expect(refused.detail).toContain('would need 6 more addresses');
    valueOf(await face.createService({ ...input, replicas: 2 }));
    await untilRunning(face, 'many', 2);
    await eventually(async () => {
      const full = valueOf(await agreed(lab.app, (each) => each.getNetwork('tiny')));
      expect(full.ipam.pools[0]?.usage.free).toBe('0');
      expect(full.notes).toContainEqual(expect.stringContaining('No address is left in 10.73.0.0/29'));
    }, PATIENT);
    const more = refusalOf(await agreed(lab.app, (each) => each.updateService('many', { replicas: 3 })));
    expect(more).toMatchObject({ code: 'ADDRESS_POOL_EXHAUSTED', extras: { holder: { name: 'tiny' } } });
    valueOf(await face.removeService('many'));
    await eventually(async () => valueOf(await face.removeNetwork('tiny')), PATIENT);
  });
});

describe('a host that is cut off', () => {
  it('is told as down, its tasks are made anew elsewhere, and names follow; and so does all when it is back', async () => {
    const face = restFace(lab.app);
    const network = valueOf(await face.createNetwork({ name: 'cut', driver: 'overlay', attachable: true, ipam: { pools: [{ subnet: '10.74.0.0/24' }] } }));
    const client = valueOf(await face.createContainer(aContainer({ ...OFFLINE, engine: 'one', networks: [{ network: 'cut' }] })));
    valueOf(await face.createService({ name: 'api', image: 'fl-busybox', command: HTTPD, replicas: 2, networks: [{ network: 'cut' }] }));
    const before = await untilRunning(face, 'api', 2);
    const there = before.find(({ engine }) => engine === 'two');
    await untilPinged(lab.engine('one'), client.name, addressOn(network, there as Task));

    lab.lan.cutOff(lab.engine('two'));
    await eventually(async () => {
      const [, node] = valueOf(await agreed(lab.app, (each) => each.listNodes({}, { sort: 'engine' }))).items;
      expect(node).toMatchObject({ engine: 'two', state: 'down' });
    }, PATIENT);
    await eventually(async () => {
      const tasks = valueOf(await face.listTasks({ service: 'api', state: 'running', desiredState: 'running' })).items;
      expect(tasks.map(({ engine }) => engine)).toEqual(['one', 'one']);
    }, PATIENT);
    const now = await untilRunning(face, 'api', 2);
    await eventually(async () => expect(await resolve('one', client.name, 'tasks.api')).toEqual(now.map((task) => addressOn(network, task)).sort()), PATIENT);
    // Its engine answers all the same, and its container runs.
    expect(valueOf(await face.getEngine('two')).state).toBe('connected');
    expect(valueOf(await face.getContainer(there?.containerId ?? '', { engine: 'two' })).state).toBe('running');

    lab.lan.bringBack(lab.engine('two'));
    await eventually(async () => expect(valueOf(await face.getNode('two')).state).toBe('ready'), PATIENT);
    await eventually(async () => {
      expect(valueOf(await face.getNetwork('cut')).engines).toEqual(['one']);
      const { items } = valueOf(await face.events({ types: ['network.updated', 'container.exited'], engines: ['two'] }));
      expect(items.map(({ type, subject }) => `${type} ${subject.name}`)).toContain('network.updated cut');
      expect(items.some(({ type, subject }) => type === 'container.exited' && subject.id === there?.containerId)).toBe(true);
    }, PATIENT);
    const fresh = valueOf(await face.createContainer(aContainer({ ...OFFLINE, engine: 'two', networks: [{ network: 'cut', aliases: ['again'] }] })));
    await untilPinged(lab.engine('one'), client.name, 'again');
    await eventually(async () => expect(await resolve('two', fresh.name, 'tasks.api')).toHaveLength(2), PATIENT);
  }, 120_000);
});
