import type { PoolUsage } from '../resources/network.js';
import type { ObservedNetwork, ObservedPool } from '../docker/observed.js';
import { formatAddress, parseAddress, Subnet } from './subnet.js';

const UNKNOWN: PoolUsage = { capacity: null, inUse: null, free: null };

/**
 * The gateway that the engine holds on this pool. Engines do not show the one that they chose themselves where only
 * a subnet was given (engine-facts 1.4): the default IPAM driver takes the first free address of the pool, and of its
 * range where it has one.
 */
export function poolGateway(network: ObservedNetwork, pool: ObservedPool): string | null {
  if (pool.gateway !== null) return pool.gateway;
  if (network.configOnly || network.scope !== 'local' || network.ipamDriver !== 'default') return null;
  const block = Subnet.parse(pool.ipRange ?? pool.subnet);
  const subnet = Subnet.parse(pool.subnet);
  if (block === undefined || subnet === undefined) return null;
  return formatAddress(block.address(block.first === subnet.first ? 1n : 0n));
}

/**
 * How full a pool is, by the addresses that are known to be held; `isComplete` says that no others are.
 */
export function poolUsage(
  network: ObservedNetwork,
  pool: ObservedPool,
  activeAddresses: readonly string[],
  isComplete = network.scope === 'local',
): PoolUsage {
  const range = Subnet.parse(pool.ipRange ?? pool.subnet);
  const subnet = Subnet.parse(pool.subnet);
  if (range === undefined || subnet === undefined || network.configOnly) return UNKNOWN;
  if (network.ipamDriver !== 'default') return UNKNOWN;
  const reserved = [subnet.first, subnet.last].filter((value) => value >= range.first && value <= range.last);
  const capacity = range.size - BigInt(new Set(reserved).size);
  const total = (capacity < 0n ? 0n : capacity).toString();
  if (pool.reported !== null) return { capacity: total, ...pool.reported };
  // Other hosts hold addresses of a swarm network that this engine does not show.
  if (!isComplete) return { ...UNKNOWN, capacity: total };
  const gateway = poolGateway(network, pool);
  const held = [...activeAddresses, ...Object.values(pool.auxiliaryAddresses), ...(gateway === null ? [] : [gateway])];
  const inUse = new Set(
    held
      .map(parseAddress)
      .filter((address) => address !== undefined && range.contains(address))
      .map((address) => address?.value),
  ).size;
  return { capacity: total, inUse: String(inUse), free: (BigInt(total) - BigInt(inUse)).toString() };
}
