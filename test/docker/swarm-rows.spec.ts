import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { codeOf, EngineLab } from './engine-lab.js';

// The rows of engine-facts 3.1 to 3.3 that need a swarm: a manager and a worker joined by a veth pair.
let manager: EngineLab;
let worker: EngineLab;
let overlay: string;

beforeAll(async () => {
  [manager, worker] = await Promise.all([
    EngineLab.start({ name: 'manager', addressPool: 'base=10.200.0.0/16,size=24' }),
    EngineLab.start({ name: 'worker', addressPool: 'base=10.201.0.0/16,size=24' }),
  ]);
  const { engine } = manager;
  await engine.exec('ip', 'link', 'add', 'sw0', 'type', 'veth', 'peer', 'name', 'sw0', 'netns', worker.engine.netns);
  await linkUp(manager, '10.60.0.1/24');
  await linkUp(worker, '10.60.0.2/24');
  await engine.docker('swarm', 'init', '--advertise-addr', '10.60.0.1');
  const token = await engine.docker('swarm', 'join-token', '--quiet', 'worker');
  await worker.engine.docker('swarm', 'join', '--token', token, '10.60.0.1:2377');
  overlay = await manager.network('over', { driver: 'overlay', attachable: true, pools: [{ subnet: '10.61.0.0/24' }] });
  await manager.network('closed', { driver: 'overlay', pools: [{ subnet: '10.62.0.0/24' }] });
});
afterAll(() => Promise.all([manager.stop(), worker.stop()]));

async function linkUp(lab: EngineLab, address: string): Promise<void> {
  await lab.engine.exec('ip', 'address', 'add', address, 'dev', 'sw0');
  await lab.engine.exec('ip', 'link', 'set', 'sw0', 'up');
}

describe('in a swarm', () => {
  it('both tell their part', async () => {
    expect((await manager.gateway.connect()).swarmRole).toBe('manager');
    expect((await worker.gateway.connect()).swarmRole).toBe('worker');
  });

  it("an overlay's record is read, its load balancer's own endpoint left out", async () => {
    const id = await manager.running({ networkMode: 'over' });
    expect(await manager.gateway.inspectNetwork(overlay)).toMatchObject({
      scope: 'swarm',
      driver: 'overlay',
      attachable: true,
      endpoints: [{ containerId: id }],
    });
    await manager.gateway.removeContainer(id, { force: true });
  });

  it('#12 a worker makes no overlay', async () => {
    expect(await codeOf(worker.network('x', { driver: 'overlay' }))).toBe('NOT_SWARM_MANAGER');
  });

  it('#87 a worker removes no overlay and knows no services, tasks and nodes', async () => {
    const id = await worker.running({ networkMode: 'over' });
    await eventually(async () => expect(await worker.gateway.inspectNetwork(overlay)).toBeDefined());
    expect(await codeOf(worker.gateway.removeNetwork(overlay))).toBe('NOT_SWARM_MANAGER');
    for (const path of ['/services', '/tasks', '/nodes']) {
      expect(await worker.rawCode('service.create', 'GET', path)).toBe('NOT_SWARM_MANAGER');
    }
    await worker.gateway.removeContainer(id, { force: true });
  });

  it('#55 a container is attached to an overlay once', async () => {
    const id = await manager.running({ networkMode: 'over' });
    expect(await codeOf(manager.gateway.connectContainer(overlay, id, {}))).toBe('ALREADY_ATTACHED');
    await manager.gateway.removeContainer(id, { force: true });
  });

  it('#72 an overlay that is not attachable, and ingress, take no container by hand', async () => {
    const id = await manager.running();
    for (const network of ['closed', 'ingress']) {
      expect(await codeOf(manager.gateway.connectContainer(network, id, {}))).toBe('NETWORK_NOT_ATTACHABLE');
    }
    await manager.gateway.removeContainer(id, { force: true });
  });

  it('#73 an address that another node uses is not granted, after 20 s, and it is unknown what became of it', async () => {
    const endpoint = { ipv4Address: '10.61.0.77' };
    const there = await worker.running({ networkMode: 'over', endpoint });
    const here = await manager.running();
    const refused = manager.gateway.connectContainer(overlay, here, endpoint);
    await expect(refused).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT', extras: { outcome: 'unknown' } });
    await worker.gateway.removeContainer(there, { force: true });
    await manager.gateway.removeContainer(here, { force: true });
  });

  it('#86 an overlay that a service uses is not removed', async () => {
    await manager.engine.docker('service', 'create', '--detach', '--name', 'svc', '--network', 'closed', 'fl-busybox', 'sleep', '99');
    expect(await codeOf(manager.gateway.removeNetwork('closed'))).toBe('NETWORK_IN_USE');
  });

  it('#90 a service that has changed meanwhile is not updated', async () => {
    const { json } = await manager.raw('GET', '/services/svc');
    const { Spec, Version } = json as { Spec: object; Version: { Index: number } };
    const update = (version: number) =>
      manager.rawCode('service.update', 'POST', `/services/svc/update?version=${version}&x=`, Spec);
    expect(await update(Version.Index - 1)).toBe('PRECONDITION_FAILED');
  });

  it('#91 a service on an unknown network is not made', async () => {
    const body = {
      Name: 'lost',
      TaskTemplate: { ContainerSpec: { Image: 'fl-busybox' }, Networks: [{ Target: 'nosuch' }] },
    };
    expect(await manager.rawCode('service.create', 'POST', '/services/create', body)).toBe('NETWORK_NOT_FOUND');
  });
});
