import { describe, expect, it } from 'vitest';
import { untilAllocated, whyUnallocated, type Claims } from '../../src/networks/overlay.allocation.js';
import type { Network } from '../../src/resources/network.js';
import { anObservedNetwork } from '../builders/observed.js';
import { aNetworkSpec } from '../docker/specs.js';
import { aSimulatedEngine } from '../inventory/simulated-engine.js';

const claims = (subnets: readonly string[], defaultAddressPools: readonly string[] = ['10.0.0.0/22'], subnetSize: number | null = 24): Claims => ({
  engine: 'one',
  others: subnets.map((subnet, index) => ({ id: `n${index}`, name: `n${index}`, ipam: { pools: [{ subnet }] } }) as unknown as Network),
  swarm: { defaultAddressPools, subnetSize },
});
const chosen = aNetworkSpec('new', { driver: 'overlay' });
const named = (subnet: string) => aNetworkSpec('new', { driver: 'overlay', pools: [{ subnet }] });

describe('a network that its swarm gives no addresses', () => {
  it('is told to overlap only where it overlaps another one', () => {
    expect(whyUnallocated(named('10.1.0.0/24'), claims(['10.1.1.0/24', '10.0.0.0/24']))).toBeUndefined();
    expect(whyUnallocated(named('10.1.0.0/16'), claims(['10.1.1.0/24', '10.0.0.0/24']))).toMatchObject({
      code: 'SUBNET_OVERLAP',
      extras: { overlappingNetworks: [{ name: 'n0', subnet: '10.1.1.0/24' }] },
    });
  });

  it('is told that the pools are used up only where the networks hold all of them', () => {
    const all = ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24'];
    expect(whyUnallocated(chosen, claims(all))?.code).toBe('ADDRESS_POOL_EXHAUSTED');
    for (const free of all) expect(whyUnallocated(chosen, claims(all.filter((subnet) => subnet !== free)))).toBeUndefined();
    // A part of a subnet is enough to spoil it, and a wide one spoils many.
    expect(whyUnallocated(chosen, claims(['10.0.0.128/25', '10.0.1.0/24', '10.0.2.0/23']))?.code).toBe('ADDRESS_POOL_EXHAUSTED');
    expect(whyUnallocated(chosen, claims(['10.0.0.0/8'], ['10.0.0.0/8'], 30))?.code).toBe('ADDRESS_POOL_EXHAUSTED');
    expect(whyUnallocated(chosen, claims(all, ['10.0.0.0/22', '10.9.0.0/24']))).toBeUndefined();
  });

  it('is told nothing where it is not known what the swarm has to give', () => {
    expect(whyUnallocated(chosen, { ...claims([]), swarm: undefined })).toBeUndefined();
    expect(whyUnallocated(chosen, claims(['10.0.0.0/8'], []))).toBeUndefined();
    expect(whyUnallocated(chosen, claims(['10.0.0.0/8'], ['10.0.0.0/22'], null))).toBeUndefined();
  });
});

describe('a network whose swarm is slow for a reason that nobody sees', () => {
  it('is taken away again, and told as that and nothing more', async () => {
    const { commands, gateway, inventory } = await aSimulatedEngine();
    const spec = { ...chosen, name: 'slow' };
    const failure = await commands
      .run('local', [], async (session) => {
        const { id } = await session.act((engine) => engine.createNetwork(spec));
        // A real swarm cannot be made to be slow: as long as it is, a network has no pools.
        const slow = anObservedNetwork('slow', { id, driver: 'overlay', scope: 'swarm', pools: [] });
        session.refreshNetwork = async () => void inventory.picture('local').setNetwork(id, slow);
        session.refreshAll = () => session.refreshNetwork(id);
        await session.refreshNetwork(id);
        await untilAllocated(session, id, spec, inventory);
      })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ENGINE_ERROR', detail: expect.stringContaining('no addresses within 8 s, and does not say why') as string });
    expect(await gateway.listNetworkIds()).toHaveLength(3);
  });
});
