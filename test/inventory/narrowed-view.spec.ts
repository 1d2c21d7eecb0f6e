import { describe, expect, it } from 'vitest';
import type { ObservedNetwork } from '../../src/docker/observed.js';
import type { ObservedSwarm } from '../../src/docker/swarm.observed.js';
import { EnginePicture } from '../../src/inventory/engine-picture.js';
import { joinPictures, type Joined } from '../../src/inventory/joined-pictures.js';
import { narrowView } from '../../src/inventory/narrowed-view.js';
import { Selector } from '../../src/sight/selector.js';
import { Sight } from '../../src/sight/sight.js';
import { A_REACH } from '../builders/a-reach.js';
import { anEndpoint, anObservedContainer, anObservedNetwork } from '../builders/observed.js';
import { aMember, anObservedNode, anObservedService, anObservedSwarm, anObservedTask } from '../builders/swarm.js';

const OVER = 'over'.padEnd(25, '0');
const SECRET = 'secret'.padEnd(25, '0');
const TEAM_A = new Sight([], Selector.parse('team=a'));
const ON_TWO = new Sight(['two'], null);

function anOverlay(name: string, id: string, labels: Record<string, string>): ObservedNetwork {
  const pools = [{ subnet: '10.61.0.0/24', ipRange: null, gateway: '10.61.0.1', auxiliaryAddresses: {}, reported: null }];
  return anObservedNetwork(name, { id, driver: 'overlay', scope: 'swarm', attachable: true, pools, labels });
}

function aPicture(engine: string, nodeId: string, swarm: ObservedSwarm | null = null): EnginePicture {
  const picture = new EnginePicture(engine, A_REACH);
  picture.state = 'connected';
  picture.observed = aMember(nodeId, swarm !== null);
  picture.setSwarm(swarm);
  picture.setNetwork(OVER, anOverlay('over', OVER, { team: 'a' }));
  picture.setNetwork(SECRET, anOverlay('secret', SECRET, { team: 'b' }));
  return picture;
}

const place = (networkId: string, address: string) => ({ networkId, networkName: networkId, addresses: [{ address, prefixLength: 24 }] });

/** A manager and a worker of one swarm, and a node that is no engine of ours. */
function aView(): Joined {
  const nodes = [anObservedNode('n1', { role: 'manager' }), anObservedNode('n2'), anObservedNode('n3')];
  const services = [
    anObservedService('web', { labels: { team: 'a' }, networks: [{ target: OVER, predefined: null, aliases: [] }, { target: SECRET, predefined: null, aliases: [] }, { target: 'h1', predefined: 'host', aliases: [] }] }),
    anObservedService('spy', { labels: { team: 'b' } }),
  ];
  const tasks = [
    anObservedTask('t1', { serviceId: 'web', nodeId: 'n1', networks: [place(OVER, '10.61.0.3'), place(SECRET, '10.61.0.4')] }),
    anObservedTask('t2', { serviceId: 'web', nodeId: 'n2' }),
    anObservedTask('t3', { serviceId: 'spy', nodeId: 'n3', containerId: 'c'.repeat(64), networks: [place(OVER, '10.61.0.9')] }),
  ];
  const [one, two] = [aPicture('one', 'n1', anObservedSwarm({ nodes, services, tasks })), aPicture('two', 'n2')];
  for (const [picture, name, labels] of [[one, 'mine', { team: 'a' }], [two, 'theirs', { team: 'b' }]] as const) {
    const id = name.padEnd(64, '0');
    const endpoints = [{ ...anEndpoint('over', { networkId: OVER }) }, { ...anEndpoint('secret', { networkId: SECRET }) }];
    picture.setContainer(id, anObservedContainer(name, { id, labels, endpoints }));
  }
  return joinPictures([one, two]);
}

describe('what a sight shows', () => {
  it('is the very same where it shows everything', () => {
    const view = aView();
    expect(narrowView(view, Sight.EVERYTHING) === view).toBe(true);
  });

  it('is made once for each state of the pictures', () => {
    const view = aView();
    const same = new Sight([], Selector.parse('team == a'));
    expect(narrowView(view, TEAM_A) === narrowView(view, same)).toBe(true);
  });

  it('is the network that each node has of its own, where labels do not count', () => {
    const networksOf = (sight: Sight) => narrowView(aView(), sight).swarms[0]?.services.find(({ name }) => name === 'web')?.networks.map(({ networkName }) => networkName);
    expect(networksOf(new Sight(['one'], null))).toEqual(['over', 'secret', 'host']);
    expect(networksOf(TEAM_A)).toEqual(['over']);
  });

  it('of a swarm is never how many addresses are in use, which services and nodes have, too', () => {
    const isOfTeamA = new Sight(['one', 'two'], null);
    const whole = aView().swarmNetworks.get(SECRET);
    const narrowed = narrowView(aView(), isOfTeamA).swarmNetworks.get(SECRET);
    expect(narrowed?.attachmentCount).toBe(whole?.attachmentCount);
    expect(narrowed?.ipam.pools[0]?.usage).toEqual({ capacity: null, inUse: null, free: null });
  });

  it('of labels is what bears them, on all engines of a swarm, with what leads to it', () => {
    const { snapshots, swarms, swarmNetworks } = narrowView(aView(), TEAM_A);
    expect([...swarmNetworks.keys()]).toEqual([OVER]);
    const names = [...snapshots.values()].map(({ networks, containers }) => [...networks, ...containers].map(({ name }) => name));
    expect(names).toEqual([['over', 'mine'], ['over']]);
    expect(swarmNetworks.get(OVER)).toMatchObject({ attachmentCount: 1, engines: ['one', 'two'], ipam: { pools: [{ usage: { inUse: null } }] } });
    const [view] = swarms;
    expect(view?.services.map(({ id, networks }) => [id, networks.map(({ networkId }) => networkId)])).toEqual([['web', [OVER]]]);
    expect(view?.tasks.map(({ id, addresses }) => [id, addresses.map(({ networkId }) => networkId)])).toEqual([['t1', [OVER]], ['t2', []]]);
    expect([view?.swarm.serviceCount, view?.swarm.nodeCount]).toEqual([1, 3]);
    expect(view?.nodes.map(({ taskCount }) => taskCount)).toEqual([1, 1, 0]);
  });

  it('of engines is what they and their swarm show, without the others', () => {
    const { snapshots, swarms, swarmNetworks } = narrowView(aView(), ON_TWO);
    expect([...snapshots.keys()]).toEqual(['two']);
    expect(swarmNetworks.get(OVER)).toMatchObject({ engines: ['two'], attachmentCount: 1 });
    const [view] = swarms;
    expect(view?.swarm).toMatchObject({ engines: ['two'], managers: [], nodeCount: 2 });
    expect(view?.nodes.map(({ id }) => id)).toEqual(['n2', 'n3']);
    expect(view?.tasks.map(({ id }) => id)).toEqual(['t2', 't3']);
  });

  it('never holds a name or an id of what is hidden', () => {
    const { snapshots, swarms } = narrowView(aView(), TEAM_A);
    const shown = JSON.stringify([
      ...[...snapshots.values()].map(({ networks, containers, attachments, remoteAttachments }) => [networks, containers, attachments, remoteAttachments]),
      ...swarms.map(({ swarm, nodes, services, tasks }) => [swarm, nodes, services, tasks]),
    ]);
    for (const hidden of ['theirs', SECRET, 'spy', 'ccccc']) expect(shown).not.toContain(hidden);
  });
});
