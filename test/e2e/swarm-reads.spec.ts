import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { refusalOf, valueOf } from './face.js';
import { agreed } from './faces.js';
import { restFace } from './rest-face.js';
import { PATIENT, startSwarmLab, swarmByHand, type SwarmLab } from './swarm-lab.js';

// A swarm that somebody else made: two engines that the service knows, and a third that it does not.
let lab: SwarmLab;

beforeAll(async () => {
  lab = await startSwarmLab(['one', 'two'], ['far']);
  await swarmByHand(lab, lab.engines);
  const one = lab.engine('one');
  await one.docker('network', 'create', '--driver', 'overlay', '--attachable', '--subnet', '10.61.0.0/24', 'over');
  await one.docker('service', 'create', '--detach', '--name', 'web', '--mode', 'global', '--network', 'name=over,alias=www', '--publish', '8080:80', '--label', 'team=web', 'fl-busybox', 'sleep', '999');
  await eventually(async () => {
    expect(valueOf(await restFace(lab.app).getService('web')).runningTasks).toBe(3);
    expect(valueOf(await restFace(lab.app).getNetwork('over'))).toMatchObject({ engines: ['one', 'two'], attachmentCount: 3 });
  }, PATIENT);
});
afterAll(() => lab.stop());

describe('a swarm that was made elsewhere', () => {
  it('is shown with its nodes, those included that are no engines of ours', async () => {
    const { items: [swarm] } = valueOf(await agreed(lab.app, (face) => face.listSwarms()));
    expect(swarm).toMatchObject({ engines: ['one', 'two'], managers: ['one'], nodeCount: 3, readyNodeCount: 3, serviceCount: 1, dataPathPort: 4789 });
    expect(valueOf(await agreed(lab.app, (face) => face.getSwarm('two')))).toEqual(swarm);
    const { items: nodes } = valueOf(await agreed(lab.app, (face) => face.listNodes({}, { sort: 'address' })));
    expect(nodes).toMatchObject([
      { engine: 'one', role: 'manager', leader: true, state: 'ready', address: '10.60.0.1', managerAddress: '10.60.0.1:2377', taskCount: 1 },
      { engine: 'two', role: 'worker', leader: false, state: 'ready', availability: 'active', address: '10.60.0.2' },
      { engine: null, role: 'worker', address: '10.60.0.3' },
    ]);
    expect(valueOf(await agreed(lab.app, (face) => face.getNode('two')))).toEqual(nodes[1]);
    expect(valueOf(await agreed(lab.app, (face) => face.listNodes({ role: 'manager' }))).items).toEqual([nodes[0]]);
    expect(refusalOf(await agreed(lab.app, (face) => face.getNode('nobody'))).code).toBe('NODE_NOT_FOUND');
  });

  it('is shown with its services and tasks, on their networks', async () => {
    const over = valueOf(await agreed(lab.app, (face) => face.getNetwork('over')));
    const { items: [web], total } = valueOf(await agreed(lab.app, (face) => face.listServices({ network: 'over', publishedPort: 8080 })));
    expect(total).toBe(1);
    expect(web).toMatchObject({
      name: 'web',
      image: 'fl-busybox:latest',
      command: ['sleep', '999'],
      mode: 'global',
      replicas: null,
      networks: [{ networkId: over.id, networkName: 'over', aliases: ['www'] }],
      endpointMode: 'vip',
      publishedPorts: [{ targetPort: 80, protocol: 'tcp', publishedPort: 8080, publishMode: 'ingress' }],
      labels: { team: 'web' },
      notes: [],
    });
    expect(web?.virtualAddresses.map(({ networkName }) => networkName).sort()).toEqual(['ingress', 'over']);
    const { items: tasks } = valueOf(await agreed(lab.app, (face) => face.listTasks({ service: 'web', network: 'over', state: 'running' }, { sort: 'engine' })));
    expect(tasks.map(({ engine }) => engine)).toEqual(['one', 'two', null]);
    const [task] = tasks;
    expect(task?.addresses.find(({ networkName }) => networkName === 'over')).toMatchObject({ networkId: over.id, prefixLength: 24 });
    expect(valueOf(await agreed(lab.app, (face) => face.getTask(task?.name ?? '')))).toEqual(task);
    expect(valueOf(await agreed(lab.app, (face) => face.listTasks({ node: 'two' }))).items).toEqual([tasks[1]]);
  });

  it('has one network although two engines show it, with everybody who is on it', async () => {
    const { items, total } = valueOf(await agreed(lab.app, (face) => face.listNetworks({ name: 'over' })));
    expect([total, items[0]?.engines, items[0]?.attachmentCount, items[0]?.scope]).toEqual([1, ['one', 'two'], 3, 'swarm']);
    for (const engine of ['one', 'two']) expect(valueOf(await agreed(lab.app, (face) => face.getNetwork('over', { engine })))).toEqual(items[0]);
    const { items: attachments } = valueOf(await agreed(lab.app, (face) => face.listAttachments({ network: 'over' })));
    expect(attachments.map(({ active }) => active)).toEqual([true, true, true]);
    const tasks = valueOf(await restFace(lab.app).listTasks({ service: 'web' })).items;
    const addressOn = ({ addresses }: (typeof tasks)[number]) => addresses.find(({ networkName }) => networkName === 'over')?.address;
    expect(attachments.map(({ ipv4Address }) => ipv4Address).sort()).toEqual(tasks.map(addressOn).sort());
  });

  it('can be walked as a graph, from networks to tasks, nodes, services and containers', async () => {
    const { data, errors } = await lab.app.gql<{ network: { attachments: Linked[]; services: { name: string; swarm: object }[]; tasks: Linked[] } }>(`{
      network(ref: "over") {
        services { name tasks { name } swarm { managers services { name } } }
        tasks { node { address swarm { managers } } service { name } container { name } }
        attachments { engine { name swarm { nodeCount } swarmNode { role } } container { name } task { service { name } node { engine { name } } } }
      }
    }`);
    expect(errors).toBeUndefined();
    expect(data?.network.services.map(({ name }) => name)).toEqual(['web']);
    expect(data?.network.services[0]?.swarm).toEqual({ managers: ['one'], services: [{ name: 'web' }] });
    // The container of a task on an engine that we do not know is known to its manager only.
    expect(data?.network.attachments.filter(({ container }) => container === null)).toEqual([
      { engine: { name: 'one', swarm: { nodeCount: 3 }, swarmNode: { role: 'manager' } }, container: null, task: { service: { name: 'web' }, node: { engine: null } } },
    ]);
    expect(data?.network.tasks.map(({ container }) => container !== null).sort()).toEqual([false, true, true]);
  });
});

describe('a worker of a swarm none of whose managers is known', () => {
  let lone: SwarmLab;

  beforeAll(async () => {
    lone = await startSwarmLab(['lone'], ['boss']);
    const [worker, boss] = [lone.engine('lone'), lone.engine('boss')];
    await swarmByHand(lone, [boss, worker]);
    await boss.docker('network', 'create', '--driver', 'overlay', '--attachable', '--subnet', '10.62.0.0/24', 'theirs');
    await eventually(async () => expect(valueOf(await restFace(lone.app).getEngine('lone')).swarmRole).toBe('worker'), PATIENT);
  });
  afterAll(() => lone.stop());

  it('is explained where it does not show a network, and is no place to make one', async () => {
    const missing = refusalOf(await agreed(lone.app, (face) => face.getNetwork('theirs')));
    expect(missing.code).toBe('NETWORK_NOT_FOUND');
    expect(missing.detail).toContain('none of whose managers is known here');
    expect(refusalOf(await agreed(lone.app, (face) => face.createNetwork({ name: 'ours', driver: 'overlay' }))).code).toBe('NOT_SWARM_MANAGER');
    expect(refusalOf(await agreed(lone.app, (face) => face.getSwarm('lone'))).code).toBe('SWARM_NOT_FOUND');
  });

  it('shows the network while a container is on it; that it is lost sight of is no removal', async () => {
    const face = restFace(lone.app);
    await lone.engine('lone').docker('run', '--detach', '--name', 'guest', '--network', 'theirs', 'fl-busybox', 'sleep', '99');
    await eventually(async () => {
      const { usage } = valueOf(await agreed(lone.app, (each) => each.getNetwork('theirs'))).ipam.pools[0] ?? {};
      expect(usage).toEqual({ capacity: '254', inUse: null, free: null });
    }, PATIENT);
    await lone.engine('lone').docker('rm', '--force', 'guest');
    await eventually(async () => {
      const { items } = valueOf(await face.events({ types: ['network.*'], networks: ['theirs'] }));
      expect(items.map(({ type }) => type)).toEqual(['network.created', 'network.updated']);
      expect(items[1]).toMatchObject({ previous: { engines: ['lone'] }, network: { engines: [] } });
    }, PATIENT);
  });
});

interface Linked {
  readonly container: { readonly name: string } | null;
}
