import type { NetworkSpec, PoolSpec } from '../docker/docker.gateway.js';
import type { Target } from '../docker/engine-feature.js';
import { isAtLeast } from '../docker/api-version.js';
import { DomainError } from '../errors/domain.error.js';
import type { ErrorCode } from '../errors/error-codes.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import { networkPointer } from '../inventory/references.js';
import { canonicalAddress, parseAddress, Subnet, type Address } from '../inventory/subnet.js';

/** Blocks that no container can be given an address from. */
const UNUSABLE = [
  { block: Subnet.parse('127.0.0.0/8'), what: 'the loopback block' },
  { block: Subnet.parse('224.0.0.0/4'), what: 'the multicast block' },
  { block: Subnet.parse('ff00::/8'), what: 'the multicast block' },
  { block: Subnet.parse('::1/128'), what: 'the loopback address' },
];

/** A gateway and a container need two addresses beside the network's own and the broadcast address. */
const SMALLEST = { 4: 30, 6: 126 } as const;

type Fail = (code: ErrorCode, part: string, message: string) => DomainError;

/** Refuses address pools that are wrong by themselves, or that this engine would accept and regret. */
export function checkPools(spec: NetworkSpec, { target, snapshot }: { target: Target; snapshot: EngineSnapshot }): void {
  const subnets = spec.pools.map((pool, index) => checkPool(pool, failAt(index), spec));
  for (const [index, subnet] of subnets.entries()) {
    const twin = subnets.findIndex((other, at) => at < index && other?.overlaps(subnet as Subnet));
    if (twin !== -1) throw failAt(index)('VALIDATION_FAILED', 'subnet', `overlaps ipam.pools[${twin}].subnet`);
    if (subnet !== undefined && !spec.configOnly) refuseOverlap(subnet, target.engine, snapshot);
  }
  const hasV6 = subnets.some((subnet) => subnet?.family === 6);
  if (!spec.ipv6Enabled || hasV6 || spec.configFrom !== undefined || spec.ipamDriver !== 'default') return;
  // Since 27 an engine takes a /64 from a pool of its own (engine-facts 1.3).
  if (isAtLeast(target.apiVersion, '1.46')) return;
  const detail = `Engine ${target.engine} chooses no IPv6 subnets. Give the network one in ipam.pools.`;
  throw new DomainError('SUBNET_REQUIRED', detail, { errors: [{ field: 'ipam.pools', message: 'needs an IPv6 subnet' }] });
}

function failAt(index: number): Fail {
  return (code, part, message) => {
    const field = `ipam.pools[${index}].${part}`;
    return new DomainError(code, `${field} ${message}.`, { errors: [{ field, message }] });
  };
}

function checkPool(pool: PoolSpec, fail: Fail, spec: NetworkSpec): Subnet | undefined {
  if (pool.subnet === undefined) {
    if (pool.gateway === undefined && pool.ipRange === undefined && pool.auxiliaryAddresses === undefined) {
      throw fail('VALIDATION_FAILED', 'subnet', 'is missing: leave the pool out to let the engine choose');
    }
    throw fail('SUBNET_REQUIRED', 'subnet', 'is needed where a gateway, ipRange or auxiliaryAddresses are given');
  }
  const subnet = Subnet.parse(pool.subnet);
  if (subnet === undefined) throw fail('VALIDATION_FAILED', 'subnet', 'must be a block in CIDR notation: 10.0.0.0/24');
  checkSubnet(subnet, pool.subnet, fail, spec);
  checkRange(pool, subnet, fail);
  const gateway = pool.gateway === undefined ? undefined : checkGateway(pool.gateway, subnet, fail);
  checkAuxiliary(pool, subnet, gateway, fail);
  return subnet;
}

function checkSubnet(subnet: Subnet, text: string, fail: Fail, spec: NetworkSpec): void {
  if (subnet.hasHostBits) {
    throw fail('VALIDATION_FAILED', 'subnet', `${text} has bits set behind its prefix: write ${subnet.text}`);
  }
  const unusable = UNUSABLE.find(({ block }) => block?.overlaps(subnet) && subnet.prefixLength > 0);
  if (unusable !== undefined) throw fail('VALIDATION_FAILED', 'subnet', `lies in ${unusable.what}`);
  if (subnet.prefixLength === 0) throw fail('VALIDATION_FAILED', 'subnet', 'covers every address there is');
  if (subnet.family === 6 && !spec.ipv6Enabled) {
    throw fail('VALIDATION_FAILED', 'subnet', 'is IPv6: set ipv6Enabled as well');
  }
  if (subnet.prefixLength > SMALLEST[subnet.family]) {
    throw fail('ADDRESS_NOT_ASSIGNABLE', 'subnet', `leaves no address for a gateway and a container: at most /${SMALLEST[subnet.family]}`);
  }
}

function checkRange({ ipRange }: PoolSpec, subnet: Subnet, fail: Fail): void {
  if (ipRange === undefined) return;
  const range = Subnet.parse(ipRange);
  if (range === undefined || range.hasHostBits) {
    throw fail('VALIDATION_FAILED', 'ipRange', 'must be a block in CIDR notation without host bits');
  }
  if (!subnet.covers(range)) throw fail('ADDRESS_OUTSIDE_SUBNET', 'ipRange', `is not inside ${subnet.text}`);
}

function checkGateway(text: string, subnet: Subnet, fail: Fail): Address {
  const gateway = parseAddress(text);
  if (gateway === undefined) throw fail('VALIDATION_FAILED', 'gateway', 'must be an address without prefix length');
  if (!subnet.contains(gateway)) throw fail('GATEWAY_OUTSIDE_SUBNET', 'gateway', `is not inside ${subnet.text}`);
  if (gateway.value === subnet.first || gateway.value === subnet.last) {
    throw fail('VALIDATION_FAILED', 'gateway', 'is the network or broadcast address of its subnet');
  }
  return gateway;
}

function checkAuxiliary(pool: PoolSpec, subnet: Subnet, gateway: Address | undefined, fail: Fail): void {
  const taken = new Map<bigint, string>();
  if (gateway !== undefined) taken.set(gateway.value, 'the gateway');
  for (const [name, text] of Object.entries(pool.auxiliaryAddresses ?? {})) {
    const part = `auxiliaryAddresses.${name}`;
    const address = parseAddress(text);
    if (address === undefined) throw fail('VALIDATION_FAILED', part, 'must be an address without prefix length');
    // An engine below 25 leaks the whole subnet on this one (engine-facts 0.17).
    if (!subnet.contains(address)) throw fail('ADDRESS_OUTSIDE_SUBNET', part, `is not inside ${subnet.text}`);
    const other = taken.get(address.value);
    if (other !== undefined) throw fail('VALIDATION_FAILED', part, `is the same address as ${other}`);
    if (address.value === subnet.first || address.value === subnet.last) {
      throw fail('VALIDATION_FAILED', part, 'is the network or broadcast address of its subnet');
    }
    taken.set(address.value, `auxiliary address "${name}"`);
  }
}

function refuseOverlap(subnet: Subnet, engine: string, snapshot: EngineSnapshot): void {
  const overlapping = snapshot.networks
    .filter(({ configOnly }) => !configOnly)
    .flatMap((network) => network.ipam.pools.map((pool) => ({ network, pool })))
    .filter(({ pool }) => Subnet.parse(pool.subnet)?.overlaps(subnet));
  if (overlapping.length === 0) return;
  const names = overlapping.map(({ network, pool }) => `${network.name} (${pool.subnet})`).join(', ');
  throw new DomainError('SUBNET_OVERLAP', `${subnet.text} overlaps ${names} on engine ${engine}.`, {
    overlappingNetworks: overlapping.map(({ network, pool }) => ({ ...networkPointer(engine, network), subnet: pool.subnet })),
  });
}

/** The one spelling of the addresses in a pool. */
export function canonicalPool(pool: PoolSpec): PoolSpec {
  const block = (text: string): string => {
    const subnet = Subnet.parse(text);
    return subnet === undefined || subnet.hasHostBits ? text : subnet.text;
  };
  return {
    ...(pool.subnet === undefined ? {} : { subnet: block(pool.subnet) }),
    ...(pool.ipRange === undefined ? {} : { ipRange: block(pool.ipRange) }),
    ...(pool.gateway === undefined ? {} : { gateway: canonicalAddress(pool.gateway) }),
    ...(pool.auxiliaryAddresses === undefined ? {} : { auxiliaryAddresses: pool.auxiliaryAddresses }),
  };
}
