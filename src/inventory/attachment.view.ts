import type { ObservedContainer, ObservedEndpoint, ObservedNetwork } from '../docker/observed.js';
import type { Attachment } from '../resources/attachment.js';
import { withDefaultRoutes } from './default-route.js';
import { canonicalAddress, parseAddress, Subnet } from './subnet.js';

/** Engines renew the id of these at every start, so they are known by name (engine-facts 0.9). */
export function publicNetworkId(engine: string, network: Pick<ObservedNetwork, 'id' | 'name' | 'builtin'>): string {
  return network.builtin ? `${engine}~${network.name}` : network.id;
}

export interface NetworkLookup {
  byId(engineId: string): ObservedNetwork | undefined;
  byName(name: string): ObservedNetwork | undefined;
}

type Finding = { readonly network: ObservedNetwork } | { readonly broken: string };

/** Which network an entry of a container's record means, or what is wrong with the entry. */
function findNetwork(container: ObservedContainer, entry: ObservedEndpoint, networks: NetworkLookup): Finding {
  const named = networks.byName(entry.networkName);
  if (named?.builtin) return { network: named };
  if (entry.networkId !== null) {
    const network = networks.byId(entry.networkId);
    if (network !== undefined) return { network };
    const again = named === undefined ? '' : '; another network has taken its name, which does not heal it';
    return { broken: `The network it was attached to is gone, so the container cannot start${again}. Detach it.` };
  }
  const network = named ?? networks.byId(entry.networkName);
  if (network === undefined) {
    return { broken: 'It names a network that does not exist, so the container cannot start. Detach it.' };
  }
  // A container that runs has a network id in every sound entry (engine-facts 0.3).
  if (container.state === 'running' || container.state === 'paused') {
    return {
      broken:
        'Left behind by an attach that the engine failed half-way: the container cannot be restarted like this. ' +
        'Detach it from the network.',
    };
  }
  return { network };
}

function staticPrefixLength(network: ObservedNetwork, address: string | null): number | null {
  const parsed = address === null ? undefined : parseAddress(address);
  if (parsed === undefined) return null;
  const subnets = network.pools.map((pool) => Subnet.parse(pool.subnet));
  return subnets.find((subnet) => subnet?.contains(parsed))?.prefixLength ?? null;
}

/** Names that the engine's DNS answers for; the default networks have none (engine-facts 4). */
function dnsNames(container: ObservedContainer, entry: ObservedEndpoint, network: ObservedNetwork): string[] {
  if (network.builtin) return [];
  const names = entry.dnsNames ?? [
    container.name,
    ...entry.aliases,
    container.id.slice(0, 12),
    ...(container.hostname === null ? [] : [container.hostname]),
  ];
  return [...new Set(names)];
}

function addresses(entry: ObservedEndpoint, network: ObservedNetwork | undefined, active: boolean) {
  if (active) {
    return {
      ipv4Address: entry.ipv4Address,
      ipv4PrefixLength: entry.ipv4PrefixLength,
      ipv6Address: entry.ipv6Address,
      ipv6PrefixLength: entry.ipv6PrefixLength,
      macAddress: entry.macAddress,
      gateway: entry.gateway,
      ipv6Gateway: entry.ipv6Gateway,
    };
  }
  // After a crash exited containers keep the addresses of their last run (engine-facts 0.10): not to be trusted.
  const ipv4Address = entry.requestedIpv4Address;
  const ipv6Address = entry.requestedIpv6Address === null ? null : canonicalAddress(entry.requestedIpv6Address);
  return {
    ipv4Address,
    ipv4PrefixLength: network === undefined ? null : staticPrefixLength(network, ipv4Address),
    ipv6Address,
    ipv6PrefixLength: network === undefined ? null : staticPrefixLength(network, ipv6Address),
    macAddress: entry.endpointId === null ? entry.macAddress : null,
    gateway: null,
    ipv6Gateway: null,
  };
}

/** One entry of a container's record as an attachment. */
function toAttachment(
  engine: string,
  container: ObservedContainer,
  entry: ObservedEndpoint,
  networks: NetworkLookup,
): Attachment {
  const found = findNetwork(container, entry, networks);
  const network = 'network' in found ? found.network : undefined;
  const active = network !== undefined && container.running && entry.endpointId !== null;
  const networkId = network === undefined ? null : publicNetworkId(engine, network);
  return {
    id: `${networkId ?? entry.networkName}.${container.id}`,
    engine,
    networkId,
    networkName: network?.name ?? entry.networkName,
    containerId: container.id,
    containerName: container.name,
    active,
    endpointId: active ? entry.endpointId : null,
    ...addresses(entry, network, active),
    aliases: entry.aliases,
    dnsNames: network === undefined ? [] : dnsNames(container, entry, network),
    links: entry.links,
    driverOptions: entry.driverOptions,
    gatewayPriority: entry.gatewayPriority,
    defaultRoute: [],
    broken: 'broken' in found ? found.broken : null,
  };
}

/** All attachments of a container, by network name. */
export function toAttachments(engine: string, container: ObservedContainer, networks: NetworkLookup): Attachment[] {
  const attachments = container.endpoints
    .map((entry) => toAttachment(engine, container, entry, networks))
    .sort((a, b) => (a.networkName < b.networkName ? -1 : a.networkName > b.networkName ? 1 : 0));
  return withDefaultRoutes(attachments, ({ networkName }) => networks.byName(networkName)?.internal ?? false);
}
