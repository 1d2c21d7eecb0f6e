import { describe, expect, it } from 'vitest';
import type { ObservedNetwork } from '../../src/docker/observed.js';
import type { ObservedSwarm } from '../../src/docker/swarm.observed.js';
import { EnginePicture } from '../../src/inventory/engine-picture.js';
import { joinPictures } from '../../src/inventory/joined-pictures.js';
import { A_REACH } from '../builders/a-reach.js';
import { aConfiguredEndpoint, anEndpoint, anObservedContainer, anObservedNetwork, exited } from '../builders/observed.js';
import { anObservedNode, anObservedService, anObservedSwarm, anObservedTask, aMember } from '../builders/swarm.js';

const OVER = 'over'.padEnd(25, '0');

function anOverlay(changes: Partial<ObservedNetwork> = {}): ObservedNetwork {
  const pools = [{ subnet: '10.61.0.0/29', ipRange: null, gateway: '10.61.0.1', auxiliaryAddresses: {}, reported: null }];
  return anObservedNetwork('over', { id: OVER, driver: 'overlay', scope: 'swarm', attachable: true, pools, ...changes });
}

function aPicture(engine: string, nodeId: string | null, swarm: ObservedSwarm | null = null): EnginePicture {
  const picture = new EnginePicture(engine, A_REACH);
  picture.state = 'connected';
  picture.observed = aMember(nodeId, swarm !== null);
  picture.setSwarm(swarm);
  return picture;
}

const NODES = [anObservedNode('n1', { role: 'manager' }), anObservedNode('n2')];

describe('pictures of one swarm', () => {
  it('show its network as one object, on all engines that see it', () => {
    const [one, two] = [aPicture('one', 'n1', anObservedSwarm({ nodes: NODES })), aPicture('two', 'n2')];
    for (const picture of [one, two]) picture.setNetwork(OVER, anOverlay());
    const { snapshots, swarmNetworks } = joinPictures([one, two]);
    const seen = [...snapshots.values()].map(({ networkById }) => networkById.get(OVER));
    expect(seen[0]?.engines).toEqual(['one', 'two']);
    expect([seen[1], swarmNetworks.get(OVER)]).toEqual([seen[0], seen[0]]);
    expect(seen[0] === seen[1]).toBe(true);
  });

  it('date its network by when the swarm made it, whichever engine begins to take part later', () => {
    const [one, two] = [aPicture('one', 'n1', anObservedSwarm({ nodes: NODES })), aPicture('two', 'n2')];
    const [made, tookPart] = ['2026-01-02T03:04:05.000Z', '2026-01-02T04:00:00.000Z'];
    const createdAt = (): string | undefined => joinPictures([one, two]).swarmNetworks.get(OVER)?.createdAt;
    one.setNetwork(OVER, anOverlay({ createdAt: made }));
    two.setNetwork(OVER, anOverlay({ createdAt: tookPart }));
    expect(createdAt()).toBe(made);
    one.setNetwork(OVER, anOverlay({ createdAt: tookPart }));
    expect(createdAt()).toBe(made);
  });

  it('count the addresses of containers, services, tasks and load balancers, each once', () => {
    const network = { networkId: OVER, networkName: 'over', addresses: [{ address: '10.61.0.3', prefixLength: 29 }] };
    const swarm = anObservedSwarm({
      nodes: NODES,
      services: [anObservedService('web', { virtualAddresses: [{ networkId: OVER, address: '10.61.0.2', prefixLength: 29 }] })],
      tasks: [
        anObservedTask('t1', { serviceId: 'web', nodeId: 'n1', networks: [network] }),
        anObservedTask('t2', { serviceId: 'web', nodeId: 'n2', state: 'shutdown', networks: [{ ...network, addresses: [{ address: '10.61.0.4', prefixLength: 29 }] }] }),
      ],
    });
    const [one, two] = [aPicture('one', 'n1', swarm), aPicture('two', 'n2')];
    one.setNetwork(OVER, anOverlay({ ownAddresses: ['10.61.0.5'] }));
    const box = anObservedContainer('task', { endpoints: [anEndpoint('over', { networkId: OVER, ipv4Address: '10.61.0.3' })] });
    one.setContainer(box.id, box);
    const usageOf = () => joinPictures([one, two]).swarmNetworks.get(OVER)?.ipam.pools[0]?.usage;
    expect(usageOf()).toEqual({ capacity: '6', inUse: '4', free: '2' });
    // Whoever is on a host that cannot be seen may hold addresses, too.
    two.state = 'unreachable';
    expect(usageOf()).toEqual({ capacity: '6', inUse: null, free: null });
  });

  it('tell of a task on a host that is none of ours by the word of the manager', () => {
    const network = { networkId: OVER, networkName: 'over', addresses: [{ address: '10.61.0.3', prefixLength: 29 }] };
    const swarm = anObservedSwarm({
      nodes: [...NODES, anObservedNode('n3')],
      services: [anObservedService('web', { networks: [{ target: OVER, predefined: null, aliases: ['www'] }] })],
      tasks: [anObservedTask('t1', { serviceId: 'web', nodeId: 'n3', containerId: 'c1', slot: 1, networks: [network] })],
    });
    const one = aPicture('one', 'n1', swarm);
    one.setNetwork(OVER, anOverlay());
    const { snapshots, swarmNetworks, swarms } = joinPictures([one, aPicture('two', 'n2')]);
    expect(snapshots.get('one')?.remoteAttachments).toMatchObject([
      { id: `${OVER}.c1`, engine: 'one', containerName: 'web.1.t1', active: true, ipv4Address: '10.61.0.3', aliases: ['www'] },
    ]);
    expect(swarmNetworks.get(OVER)?.attachmentCount).toBe(1);
    expect(swarms[0]?.nodes.map(({ engine }) => engine)).toEqual(['one', 'two', null]);
  });

  it("know what a worker's stopped container is configured for although the worker does not show it", () => {
    const [one, two] = [aPicture('one', 'n1', anObservedSwarm({ nodes: NODES })), aPicture('two', 'n2')];
    one.setNetwork(OVER, anOverlay());
    const box = exited(anObservedContainer('box', { endpoints: [aConfiguredEndpoint('over', { networkId: null })] }));
    two.setContainer(box.id, box);
    const { snapshots, swarmNetworks } = joinPictures([one, two]);
    expect(snapshots.get('two')?.attachments).toMatchObject([{ networkId: OVER, active: false, broken: null }]);
    expect(snapshots.get('two')?.networks).toEqual([]);
    expect(swarmNetworks.get(OVER)?.attachmentCount).toBe(1);
  });

  it('leave an engine that is in no swarm alone', () => {
    const [one, other] = [aPicture('one', 'n1', anObservedSwarm({ nodes: NODES })), aPicture('other', null)];
    one.setNetwork(OVER, anOverlay());
    const box = exited(anObservedContainer('box', { endpoints: [aConfiguredEndpoint('over', { networkId: null })] }));
    other.setContainer(box.id, box);
    const { snapshots } = joinPictures([one, other]);
    expect(snapshots.get('other')?.attachments).toMatchObject([{ networkId: null, broken: expect.stringContaining('does not exist') as string }]);
  });

  it('leave the very snapshot of an engine that is in no swarm as it is, whatever happens in the others', () => {
    const [one, other] = [aPicture('one', 'n1', anObservedSwarm({ nodes: NODES })), aPicture('other', null)];
    one.setNetwork(OVER, anOverlay());
    const before = joinPictures([one, other]).snapshots.get('other');
    one.setNetwork(OVER, anOverlay({ labels: { changed: 'yes' } }));
    one.setSwarm(anObservedSwarm({ nodes: [...NODES, anObservedNode('n3')] }));
    expect(joinPictures([one, other]).snapshots.get('other')).toBe(before);
    expect(other.snapshot()).toBe(before);
  });

  it('show an engine that has just left its swarm the one network that the others have', () => {
    const [one, left] = [aPicture('one', 'n1', anObservedSwarm({ nodes: NODES })), aPicture('left', null)];
    for (const picture of [one, left]) picture.setNetwork(OVER, anOverlay());
    const { snapshots, swarmNetworks } = joinPictures([one, left]);
    expect(snapshots.get('left')?.networkById.get(OVER)).toBe(swarmNetworks.get(OVER));
  });

  it('have the first manager that is followed speak for all', () => {
    const swarm = anObservedSwarm({ nodes: [anObservedNode('n1', { role: 'manager' }), anObservedNode('n2', { role: 'manager' })] });
    const [one, two] = [aPicture('one', 'n1', swarm), aPicture('two', 'n2', swarm)];
    expect(joinPictures([one, two]).swarms[0]?.group).toMatchObject({ speaker: 'one', managers: ['one', 'two'] });
    one.state = 'unreachable';
    expect(joinPictures([one, two]).swarms[0]?.group.speaker).toBe('two');
  });

  it('count no engine in that was taken out of the swarm while it was away, whatever it last told', () => {
    const before = anObservedSwarm({ nodes: [anObservedNode('n1', { role: 'manager' }), anObservedNode('n2', { role: 'manager' })] });
    const [one, two] = [aPicture('one', 'n1', anObservedSwarm({ nodes: [anObservedNode('n1', { role: 'manager' })] })), aPicture('two', 'n2', before)];
    two.state = 'unreachable';
    expect(joinPictures([one, two]).swarms[0]?.swarm).toMatchObject({ engines: ['one'], managers: ['one'] });
  });
});
