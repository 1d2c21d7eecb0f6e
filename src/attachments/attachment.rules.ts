import type { EndpointSpec } from '../docker/docker.gateway.js';
import { requireApi, type Target } from '../docker/engine-feature.js';
import { DomainError } from '../errors/domain.error.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import { containerPointer, networkPointer } from '../inventory/references.js';
import { canonicalAddress, parseAddress, Subnet, type Address } from '../inventory/subnet.js';
import type { Attachment } from '../resources/attachment.js';
import type { Container } from '../resources/container.js';
import type { Network } from '../resources/network.js';

/** Settings of an attachment as a caller writes them; null and absent both mean the default. */
export interface AttachmentSettings {
  readonly ipv4Address?: string | null;
  readonly ipv6Address?: string | null;
  readonly macAddress?: string | null;
  readonly aliases?: readonly string[] | null;
  readonly links?: readonly string[] | null;
  readonly driverOptions?: Readonly<Record<string, string>> | null;
  readonly gatewayPriority?: number | null;
}

/** Settings in the one spelling in which equal ones are equal. */
export function toEndpointSpec(settings: AttachmentSettings): EndpointSpec {
  const { ipv4Address, ipv6Address, macAddress, aliases, links, driverOptions, gatewayPriority } = settings;
  return {
    ...(ipv4Address ? { ipv4Address } : {}),
    ...(ipv6Address ? { ipv6Address: canonicalAddress(ipv6Address) } : {}),
    ...(macAddress ? { macAddress: macAddress.toLowerCase().replaceAll('-', ':') } : {}),
    ...(aliases?.length ? { aliases: [...new Set(aliases)] } : {}),
    ...(links?.length ? { links: [...new Set(links)] } : {}),
    ...(driverOptions && Object.keys(driverOptions).length > 0 ? { driverOptions } : {}),
    ...(gatewayPriority ? { gatewayPriority } : {}),
  };
}

/** Refuses networks that containers cannot be put on by hand. */
export function requireAttachable(engine: string, network: Network): void {
  const extras = { holder: networkPointer(engine, network) };
  if (network.builtin && network.name !== 'bridge') {
    const detail = `A container is on the ${network.name} network from its creation (networkMode: ${network.name}) or never.`;
    throw new DomainError('ATTACHMENT_IMPOSSIBLE', detail, extras);
  }
  if (network.configOnly) {
    const detail = `Network ${network.name} only holds settings for others (configOnly). Attach to a network made from it.`;
    throw new DomainError('NETWORK_NOT_ATTACHABLE', detail, extras);
  }
  if (network.ingress || (network.scope === 'swarm' && !network.attachable)) {
    const detail = `Network ${network.name} takes only the tasks of services: it was not created as attachable.`;
    throw new DomainError('NETWORK_NOT_ATTACHABLE', detail, extras);
  }
}

/** Refuses containers whose network mode leaves no room for attachments; `shownMode` is what the caller may know of it. */
export function requireOwnNetworks(container: Container, shownMode: string): void {
  const { networkMode, state, name } = container;
  const extras = { holder: containerPointer(container) };
  if (networkMode === 'host' || networkMode === 'none' || networkMode.startsWith('container:')) {
    const detail =
      `Container ${name} is in network mode ${shownMode}, which allows no attachments. ` +
      'Create it anew with networks in place of the mode.';
    throw new DomainError('ATTACHMENT_IMPOSSIBLE', detail, extras);
  }
  if (state === 'removing' || state === 'dead') {
    throw new DomainError('CONTAINER_STATE', `Container ${name} is being removed (${state}).`, extras);
  }
}

interface Place {
  readonly target: Target;
  readonly network: Network;
  readonly snapshot: EngineSnapshot;
  /** The container that is attached, where it exists already: its own addresses do not stand in its way. */
  readonly containerId?: string;
  /** The settings go into a container's creation rather than into attaching an existing one. */
  readonly creating: boolean;
}

/** Refuses settings that this network or engine cannot honour, before the engine does half of it. */
export function checkSettings(spec: EndpointSpec, place: Place): void {
  const { target, network, creating } = place;
  if (spec.gatewayPriority !== undefined) requireApi(target, '1.48', 'gatewayPriority');
  // Before that, engines take a MAC address only for the network that a container is created on (engine-facts 1.6).
  if (spec.macAddress !== undefined && !creating) requireApi(target, '1.54', 'macAddress of an existing container');
  if (network.builtin) refuseOnDefaultBridge(spec, network);
  checkAddress(spec.ipv4Address, 4, place);
  checkAddress(spec.ipv6Address, 6, place);
}

function refuseOnDefaultBridge(spec: EndpointSpec, network: Network): void {
  if (spec.ipv4Address !== undefined || spec.ipv6Address !== undefined) {
    const detail = `The engine assigns the addresses on its ${network.name} network. Use a network with a subnet of your own.`;
    throw new DomainError('ADDRESS_NOT_ASSIGNABLE', detail);
  }
  for (const field of ['aliases', 'links'] as const) {
    if (spec[field] === undefined) continue;
    const message = `has no effect on the default ${network.name} network, which has no DNS`;
    throw DomainError.invalid(`Use a network of your own: ${field} ${message}.`, { field, message });
  }
}

function checkAddress(text: string | undefined, family: 4 | 6, place: Place): void {
  if (text === undefined) return;
  const { network } = place;
  const address = parseAddress(text);
  const subnets = network.ipam.pools
    .map(({ subnet }) => Subnet.parse(subnet))
    .filter((subnet) => subnet !== undefined)
    .filter((subnet) => subnet.family === family);
  if (address === undefined || address.family !== family) {
    const field = family === 4 ? 'ipv4Address' : 'ipv6Address';
    throw DomainError.invalid(`"${text}" is not an IPv${family} address.`, { field, message: 'is not an address' });
  }
  if (subnets.length === 0 || (family === 6 && !network.ipv6Enabled)) {
    const detail = `Network ${network.name} has no IPv${family} subnet to take ${text} from.`;
    throw new DomainError('SUBNET_REQUIRED', detail);
  }
  const subnet = subnets.find((candidate) => candidate.contains(address));
  if (subnet === undefined) {
    const ranges = subnets.map((candidate) => candidate.text).join(', ');
    throw new DomainError('ADDRESS_OUTSIDE_SUBNET', `${text} is outside ${ranges} of network ${network.name}.`);
  }
  refuseHeldAddress(text, address, subnet, place);
}

function refuseHeldAddress(text: string, address: Address, subnet: Subnet, place: Place): void {
  const { network, snapshot, containerId, target } = place;
  const inUse = (by: string, holder = networkPointer(target.engine, network)): DomainError =>
    new DomainError('ADDRESS_IN_USE', `${text} on network ${network.name} is ${by}.`, { holder });
  if (address.value === subnet.first) throw inUse('the address of the network itself');
  if (address.value === subnet.last) throw inUse('the broadcast address');
  for (const { gateway, auxiliaryAddresses } of network.ipam.pools) {
    if (gateway !== null && canonicalAddress(gateway) === text) throw inUse('the gateway');
    const reserved = Object.entries(auxiliaryAddresses).find(([, value]) => canonicalAddress(value) === text);
    if (reserved !== undefined) throw inUse(`reserved as auxiliary address "${reserved[0]}"`);
  }
  const holder = (snapshot.attachmentsByAddress.get(text) ?? []).find(
    (held) => held.networkId === network.id && held.active && held.containerId !== containerId,
  );
  if (holder === undefined) return;
  const pointer = containerPointer({ id: holder.containerId, name: holder.containerName, engine: target.engine });
  throw inUse(`held by container ${holder.containerName}`, pointer);
}

/**
 * Refuses to ask for a dynamic address where none is left: a running container would be left with a phantom that only
 * another address can heal (engine-facts 0.3). A container that is there already may free the one it has.
 */
export function refuseFullNetwork(spec: EndpointSpec, { network, container }: { network: Network; container: Container }): void {
  const { state, attachments, name } = container;
  if (spec.ipv4Address !== undefined || (state !== 'running' && state !== 'paused')) return;
  if (attachments.some(({ networkId, active }) => networkId === network.id && active)) return;
  const pools = network.ipam.pools.filter(({ subnet }) => Subnet.parse(subnet)?.family === 4);
  if (pools.length === 0 || pools.some(({ usage }) => usage.free !== '0')) return;
  const ranges = pools.map(({ subnet, ipRange }) => ipRange ?? subnet).join(', ');
  const detail = `Network ${network.name} has no address left in ${ranges} for container ${name}. Take a container off it, or use a network with a larger subnet.`;
  throw new DomainError('ADDRESS_POOL_EXHAUSTED', detail, { holder: networkPointer(container.engine, network) });
}

/** What attaching would make, as far as it can be known beforehand. */
export function plannedAttachment(
  engine: string,
  { network, container }: { readonly network: Network; readonly container: Pick<Container, 'id' | 'name' | 'state'> },
  spec: EndpointSpec,
): Attachment {
  return {
    id: `${network.id}.${container.id}`,
    engine,
    networkId: network.id,
    networkName: network.name,
    containerId: container.id,
    containerName: container.name,
    active: container.state === 'running' || container.state === 'paused',
    endpointId: null,
    ipv4Address: spec.ipv4Address ?? null,
    ipv4PrefixLength: null,
    ipv6Address: spec.ipv6Address ?? null,
    ipv6PrefixLength: null,
    macAddress: spec.macAddress ?? null,
    gateway: null,
    ipv6Gateway: null,
    aliases: spec.aliases ?? [],
    dnsNames: [],
    links: spec.links ?? [],
    driverOptions: spec.driverOptions ?? {},
    gatewayPriority: spec.gatewayPriority ?? null,
    defaultRoute: [],
    broken: null,
  };
}

/** Names of the settings in which what is wanted differs from what stands; a MAC address counts only where wanted. */
export function differingSettings(wanted: EndpointSpec, standing: EndpointSpec, macAddress: string | null): string[] {
  const sorted = (list: readonly string[] = []): string => JSON.stringify([...list].sort());
  const entries = (map: Readonly<Record<string, string>> = {}): string => JSON.stringify(Object.entries(map).sort());
  const equal: Record<keyof EndpointSpec, boolean> = {
    ipv4Address: wanted.ipv4Address === standing.ipv4Address,
    ipv6Address: wanted.ipv6Address === (standing.ipv6Address && canonicalAddress(standing.ipv6Address)),
    macAddress: wanted.macAddress === undefined || wanted.macAddress === macAddress,
    aliases: sorted(wanted.aliases) === sorted(standing.aliases),
    links: sorted(wanted.links) === sorted(standing.links),
    driverOptions: entries(wanted.driverOptions) === entries(standing.driverOptions),
    gatewayPriority: (wanted.gatewayPriority ?? 0) === (standing.gatewayPriority ?? 0),
  };
  return Object.entries(equal)
    .filter(([, same]) => !same)
    .map(([field]) => field);
}
