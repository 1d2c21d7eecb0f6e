import { describe, expect, it } from 'vitest';
import type { ObservedNetwork, ObservedPool } from '../../src/docker/observed.js';
import { poolGateway, poolUsage } from '../../src/inventory/pool-usage.js';
import { anObservedNetwork } from '../builders/observed.js';

function aPool(subnet: string, changes: Partial<ObservedPool> = {}): ObservedPool {
  return { subnet, ipRange: null, gateway: null, auxiliaryAddresses: {}, reported: null, ...changes };
}

function usage(pool: ObservedPool, active: readonly string[] = [], network: Partial<ObservedNetwork> = {}) {
  return poolUsage(anObservedNetwork('front', { pools: [pool], ...network }), pool, active);
}

const UNKNOWN = { capacity: null, inUse: null, free: null };

describe('the gateway of a pool', () => {
  const gateway = (pool: ObservedPool, network: Partial<ObservedNetwork> = {}): string | null =>
    poolGateway(anObservedNetwork('front', network), pool);

  it('is the one that the engine shows', () => expect(gateway(aPool('10.0.0.0/24', { gateway: '10.0.0.254' }))).toBe('10.0.0.254'));
  it('is the first address of the pool where the engine hides its choice', () => expect(gateway(aPool('10.0.0.0/24'))).toBe('10.0.0.1'));
  it('is the first address of the range where there is one', () => {
    expect(gateway(aPool('10.0.0.0/24', { ipRange: '10.0.0.128/25' }))).toBe('10.0.0.128');
    expect(gateway(aPool('10.0.0.0/24', { ipRange: '10.0.0.0/25' }))).toBe('10.0.0.1');
  });
  it.each([{ configOnly: true }, { scope: 'swarm' as const }, { ipamDriver: 'elsewhere' }])('is not guessed for %j', (network) =>
    expect(gateway(aPool('10.0.0.0/24'), network)).toBeNull(),
  );
});

describe('how full a pool is', () => {
  it('leaves out the network and broadcast addresses and counts the gateway as used', () => {
    expect(usage(aPool('10.0.0.0/24'))).toEqual({ capacity: '254', inUse: '1', free: '253' });
    expect(usage(aPool('10.0.0.0/30'))).toEqual({ capacity: '2', inUse: '1', free: '1' });
  });

  it('counts addresses of containers and auxiliary ones, each once', () => {
    const pool = aPool('10.0.0.0/24', { auxiliaryAddresses: { router: '10.0.0.5', also: '10.0.0.9' } });
    expect(usage(pool, ['10.0.0.2', '10.0.0.9'])).toEqual({ capacity: '254', inUse: '4', free: '250' });
  });

  it('counts within the range only: an address outside it is not taken from it', () => {
    const pool = aPool('10.0.0.0/24', { ipRange: '10.0.0.128/25', gateway: '10.0.0.1' });
    expect(usage(pool, ['10.0.0.129', '10.0.0.7'])).toEqual({ capacity: '127', inUse: '1', free: '126' });
  });

  it('stays exact for blocks larger than numbers can count', () => {
    expect(usage(aPool('fd00::/64'), ['fd00::9'])).toEqual({
      capacity: String(2n ** 64n - 2n),
      inUse: '2',
      free: String(2n ** 64n - 4n),
    });
  });

  it('is what the engine itself counts, where it does', () => {
    const pool = aPool('10.0.0.0/24', { reported: { inUse: '17', free: '237' } });
    expect(usage(pool, ['10.0.0.2'])).toEqual({ capacity: '254', inUse: '17', free: '237' });
  });

  it('is unknown but for its size where other hosts hold addresses too', () => {
    expect(usage(aPool('10.0.0.0/24'), [], { scope: 'swarm', driver: 'overlay' })).toEqual({ ...UNKNOWN, capacity: '254' });
  });

  it.each([
    ['a foreign IPAM driver', aPool('10.0.0.0/24'), { ipamDriver: 'elsewhere' }],
    ['a network that only holds settings', aPool('10.0.0.0/24'), { configOnly: true }],
    ['a subnet that cannot be read', aPool('nonsense'), {}],
  ])('is unknown for %s', (_case, pool, network) => expect(usage(pool, [], network)).toEqual(UNKNOWN));
});
