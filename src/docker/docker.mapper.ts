import { toMembership } from './swarm.mapper.js';
import type { SwarmRole } from '../resources/engine.js';
import { NETWORK_SCOPES } from '../resources/network.js';
import {
  flagAt,
  isObject,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  textMapAt,
  textsAt,
  timeAt,
  LONG_AGO,
  type JsonObject,
} from './engine-json.js';
import type {
  ListedContainer,
  ObservedEngine,
  ObservedNetwork,
  ObservedNetworkEndpoint,
  ObservedPool,
} from './observed.js';
import { isPodman } from './podman/podman.dialect.js';

const CONTAINER_ID = /^[0-9a-f]{64}$/;
const BUILTIN_DRIVERS: Readonly<Record<string, string>> = { bridge: 'bridge', host: 'host', none: 'null' };
export function toObservedEngine(version: JsonObject, info: JsonObject, apiVersion: string): ObservedEngine {
  return {
    version: textAt(version, 'Version') ?? textAt(info, 'ServerVersion') ?? 'unknown',
    apiVersion,
    platform: {
      name: textAt(objectAt(version, 'Platform'), 'Name'),
      os: textAt(version, 'Os') ?? textAt(info, 'OSType') ?? 'unknown',
      architecture: textAt(version, 'Arch') ?? textAt(info, 'Architecture') ?? 'unknown',
      kernelVersion: textAt(version, 'KernelVersion') ?? textAt(info, 'KernelVersion'),
    },
    networkDrivers: textsAt(objectAt(info, 'Plugins'), 'Network'),
    swarmRole: toSwarmRole(objectAt(info, 'Swarm')),
    membership: toMembership(objectAt(info, 'Swarm')),
    defaultAddressPools: objectsAt(info, 'DefaultAddressPools').flatMap((pool) => {
      const base = textAt(pool, 'Base');
      const size = numberAt(pool, 'Size');
      return base === null || size === null ? [] : [{ base, size }];
    }),
    tellsRequestedAddresses: !isPodman(version),
  };
}

function toSwarmRole(swarm: JsonObject): SwarmRole {
  if (textAt(swarm, 'LocalNodeState') !== 'active') return 'none';
  return flagAt(swarm, 'ControlAvailable') ? 'manager' : 'worker';
}

export function toObservedNetwork(json: JsonObject): ObservedNetwork {
  const name = textAt(json, 'Name') ?? '';
  const driver = textAt(json, 'Driver') ?? '';
  const scope = NETWORK_SCOPES.find((known) => known === json['Scope']) ?? 'local';
  const ipam = objectAt(json, 'IPAM');
  const configOnly = flagAt(json, 'ConfigOnly');
  return {
    id: textAt(json, 'Id') ?? '',
    name,
    driver,
    scope,
    builtin: scope === 'local' && !configOnly && BUILTIN_DRIVERS[name] === driver,
    internal: flagAt(json, 'Internal'),
    attachable: flagAt(json, 'Attachable'),
    ingress: flagAt(json, 'Ingress'),
    configOnly,
    configFrom: textAt(objectAt(json, 'ConfigFrom'), 'Network'),
    ipv4Enabled: flagAt(json, 'EnableIPv4', true),
    ipv6Enabled: flagAt(json, 'EnableIPv6'),
    ipamDriver: textAt(ipam, 'Driver') ?? 'default',
    ipamOptions: textMapAt(ipam, 'Options'),
    pools: toPools(ipam, objectAt(objectAt(objectAt(json, 'Status'), 'IPAM'), 'Subnets')),
    options: textMapAt(json, 'Options'),
    labels: textMapAt(json, 'Labels'),
    createdAt: timeAt(json, 'Created') ?? LONG_AGO,
    endpoints: toNetworkEndpoints(objectAt(json, 'Containers')),
    ownAddresses: toOwnAddresses(objectAt(json, 'Containers')),
  };
}

function toPools(ipam: JsonObject, reported: JsonObject): ObservedPool[] {
  return objectsAt(ipam, 'Config').flatMap((pool) => {
    const subnet = textAt(pool, 'Subnet');
    if (subnet === null) return [];
    return [
      {
        subnet,
        ipRange: textAt(pool, 'IPRange'),
        gateway: withoutPrefix(textAt(pool, 'Gateway')),
        auxiliaryAddresses: textMapAt(pool, 'AuxiliaryAddresses'),
        reported: toReported(objectAt(reported, subnet)),
      },
    ];
  });
}

function toReported(usage: JsonObject): ObservedPool['reported'] {
  const inUse = decimalAt(usage, 'IPsInUse');
  const free = decimalAt(usage, 'DynamicIPsAvailable');
  return inUse === null || free === null ? null : { inUse, free };
}

/** Counts come as text where they were too large for a double; see `quoteLargeCounts`. */
function decimalAt(parent: JsonObject, key: string): string | null {
  const value = parent[key];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && /^\d+$/.test(value) ? value : null;
}

/** Puts the counts of addresses into quotes: those of an IPv6 subnet do not survive JSON.parse. */
export function quoteLargeCounts(text: string): string {
  return text.replace(/("(?:IPsInUse|DynamicIPsAvailable)"\s*:\s*)(\d+)/g, '$1"$2"');
}

/** An older engine writes the gateways that an IPAM plugin chose with their prefix length. */
function withoutPrefix(address: string | null): string | null {
  return address?.split('/')[0] ?? null;
}

/** Keys such as `lb-net`, `ingress-sbox` and `gateway_…` stand for the engine's own endpoints (engine-facts 4). */
function toNetworkEndpoints(containers: JsonObject): ObservedNetworkEndpoint[] {
  return Object.entries(containers)
    .filter(([key]) => CONTAINER_ID.test(key))
    .map(([containerId, endpoint]) => ({
      containerId,
      endpointId: (isObject(endpoint) ? textAt(endpoint, 'EndpointID') : null) ?? '',
    }))
    .sort((a, b) => (a.containerId < b.containerId ? -1 : 1));
}

function toOwnAddresses(containers: JsonObject): string[] {
  return Object.entries(containers)
    .filter(([key]) => !CONTAINER_ID.test(key))
    .flatMap(([, endpoint]) => (isObject(endpoint) ? [endpoint] : []))
    .flatMap((endpoint) => withoutPrefix(textAt(endpoint, 'IPv4Address')) ?? [])
    .sort();
}

export function toListedContainer(json: JsonObject): ListedContainer {
  return {
    id: textAt(json, 'Id') ?? '',
    state: textAt(json, 'State') ?? 'unknown',
    networkNames: Object.keys(objectAt(objectAt(json, 'NetworkSettings'), 'Networks')).sort(),
    health: toListedHealth(json),
  };
}

/** Of a container that does not run `none` is listed, whatever inspecting shows of its last run. */
function toListedHealth(json: JsonObject): string | null | undefined {
  const health = textAt(objectAt(json, 'Health'), 'Status');
  if (health === null || json['State'] !== 'running') return undefined;
  return health === 'none' ? null : health;
}

/** Whether a listed container's own record names the network; its id is missing there until the first start. */
export function namesNetwork(json: JsonObject, network: { id: string; name: string }): boolean {
  const entries = Object.entries(objectAt(objectAt(json, 'NetworkSettings'), 'Networks'));
  return entries.some(([name, endpoint]) => {
    const networkId = isObject(endpoint) ? textAt(endpoint, 'NetworkID') : null;
    return networkId === null ? name === network.name : networkId === network.id;
  });
}
