import { isIP } from 'node:net';
import { checkSettings, requireAttachable, toEndpointSpec } from '../attachments/attachment.rules.js';
import type { EndpointSpec } from '../docker/docker.gateway.js';
import type { Target } from '../docker/engine-feature.js';
import { DomainError } from '../errors/domain.error.js';
import type { EngineSnapshot } from '../inventory/engine-snapshot.js';
import type { Network } from '../resources/network.js';
import type { CreateContainerInput } from './container.inputs.js';
import { checkPorts } from './port.rules.js';

/** Where a container is to be: a mode that leaves no choice, or networks with settings. */
export interface Placement {
  /** As the engine wants it: `bridge`, `host`, `none`, `container:<id>` or the first network's name. */
  readonly networkMode: string;
  readonly networks: readonly { readonly network: Network; readonly spec: EndpointSpec }[];
}

function invalid(field: string, message: string): DomainError {
  return DomainError.invalid(`${field} ${message}.`, { field, message });
}

/** Rules that hold whatever the engine and whatever stands on it. */
export function checkInput(input: CreateContainerInput): void {
  const { networks = [], networkMode, links = [], publishedPorts = [] } = input;
  if (networks.length > 0 && networkMode !== undefined) {
    throw invalid('networkMode', 'cannot be given together with networks: the first network is the mode');
  }
  if (networkMode !== undefined && !/^(bridge|host|none|container:.+)$/.test(networkMode)) {
    throw invalid('networkMode', 'must be bridge, host, none or container:<reference>; name other networks in networks');
  }
  if (links.length > 0 && (networks.length > 0 || (networkMode ?? 'bridge') !== 'bridge')) {
    throw invalid('links', 'exist on the default bridge only: use networks[].links');
  }
  if (networkMode?.startsWith('container:')) {
    const foreign = (['publishedPorts', 'exposedPorts', 'hostname', 'dns', 'extraHosts'] as const).find((field) => {
      const value = input[field];
      return value !== undefined && (!Array.isArray(value) || value.length > 0);
    });
    if (foreign !== undefined) throw invalid(foreign, 'belongs to the container whose network stack is shared');
  }
  checkPorts(publishedPorts);
  checkExtraHosts(input.extraHosts ?? []);
}

function checkExtraHosts(hosts: readonly string[]): void {
  for (const [index, host] of hosts.entries()) {
    const address = host.slice(host.indexOf(':') + 1);
    if (address === 'host-gateway' || isIP(address) !== 0) continue;
    throw invalid(`extraHosts[${index}]`, `names "${address}", which is neither an address nor host-gateway`);
  }
}

/** Refuses places that the engine would accept now and fail on at the start. */
export function checkPlacement(placement: Placement, target: Target, snapshot: EngineSnapshot): void {
  const seen = new Set<string>();
  for (const [index, { network, spec }] of placement.networks.entries()) {
    if (seen.has(network.id)) throw invalid(`networks[${index}].network`, `names ${network.name} a second time`);
    seen.add(network.id);
    requireAttachable(target.engine, network);
    checkSettings(spec, { target, network, snapshot, creating: index === 0 });
  }
}

/** The settings that an input asks for on each of its networks. */
export function settingsOf(networks: CreateContainerInput['networks'] = []): EndpointSpec[] {
  return networks.map((network) => toEndpointSpec(network));
}

/** What will not do what the caller may expect. */
export function warningsFor(input: CreateContainerInput, placement: Placement): string[] {
  if ((input.publishedPorts?.length ?? 0) === 0) return [];
  if (placement.networkMode === 'host') return ['Published ports mean nothing in host mode: the ports are those of the host.'];
  if (placement.networkMode === 'none') return ['Published ports cannot be reached: the container has no network.'];
  if (placement.networks.length > 0 && placement.networks.every(({ network }) => network.internal)) {
    return ['Published ports cannot be reached: all its networks are internal.'];
  }
  return [];
}
