import { describe, expect, it } from 'vitest';
import type { ObservedNode } from '../../src/docker/swarm.observed.js';
import { EnginePicture } from '../../src/inventory/engine-picture.js';
import { joinPictures } from '../../src/inventory/joined-pictures.js';
import type { Network } from '../../src/resources/network.js';
import { A_REACH } from '../builders/a-reach.js';
import { anObservedNetwork } from '../builders/observed.js';
import { anObservedNode, anObservedSwarm, anObservedTask, aMember } from '../builders/swarm.js';

const OVER = 'over'.padEnd(25, '0');
const STRANGER = anObservedNode('n2', { hostname: 'attic', address: '10.60.0.2' });

/** A /29 in a swarm of one known manager and these nodes, with a task for each of these addresses. */
function anOverlay(nodes: readonly ObservedNode[], addresses: readonly string[], changes: Parameters<typeof anObservedNetwork>[1] = {}): Network | undefined {
  const picture = new EnginePicture('one', A_REACH);
  picture.state = 'connected';
  picture.observed = aMember('n1', true);
  const tasks = addresses.map((address, index) =>
    anObservedTask(`t${index}`, { nodeId: 'n1', networks: [{ networkId: OVER, networkName: 'over', addresses: [{ address, prefixLength: 29 }] }] }),
  );
  picture.setSwarm(anObservedSwarm({ nodes: [anObservedNode('n1', { role: 'manager' }), ...nodes], tasks }));
  const pools = [{ subnet: '10.61.0.0/29', ipRange: null, gateway: '10.61.0.1', auxiliaryAddresses: {}, reported: null }];
  picture.setNetwork(OVER, anObservedNetwork('over', { id: OVER, driver: 'overlay', scope: 'swarm', attachable: true, pools, ...changes }));
  return joinPictures([picture]).swarmNetworks.get(OVER);
}

describe('a network of a swarm', () => {
  it('names the ready nodes that are no known engines, and no others', () => {
    expect(anOverlay([], [])?.notes).toEqual([]);
    expect(anOverlay([anObservedNode('n3', { state: 'down' })], [])?.notes).toEqual([]);
    const cellar = anObservedNode('n3', { hostname: 'cellar' });
    expect(anOverlay([STRANGER, cellar], [])?.notes).toEqual([
      'Nodes attic (10.60.0.2), cellar are no known engines: containers that were attached there by hand are not shown, and which addresses are free is not known.',
    ]);
    expect(anOverlay([STRANGER], [], { attachable: false })?.notes.at(-1)).toBe('Node attic (10.60.0.2) is no known engine: which addresses are free is not known.');
  });

  it('says that it is full where those that are known to hold addresses hold all of them, whoever else may', () => {
    const all = [2, 3, 4, 5, 6].map((last) => `10.61.0.${last}`);
    const usage = { capacity: '6', inUse: null, free: null };
    const full = anOverlay([STRANGER], all);
    expect(full?.ipam.pools[0]?.usage).toEqual(usage);
    expect(full?.notes).toContainEqual(expect.stringContaining('No address is left in 10.61.0.0/29'));
    const nearly = anOverlay([STRANGER], all.slice(1));
    expect(nearly?.ipam.pools[0]?.usage).toEqual(usage);
    expect(nearly?.notes).not.toContainEqual(expect.stringContaining('No address is left'));
  });

  it('that others have made with IPv6 says what comes of it', () => {
    expect(anOverlay([], [], { ipv6Enabled: true })?.notes).toEqual([expect.stringContaining('swarms give out addresses of one family')]);
  });
});
