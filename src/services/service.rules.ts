import { isDeepStrictEqual } from 'node:util';
import type { ServiceChanges, ServicePortSpec, ServiceSpec } from '../docker/swarm.gateway.js';
import { DomainError, type ResourcePointer } from '../errors/domain.error.js';
import { containerPointer, networkPointer } from '../inventory/references.js';
import { hasEnded, type SwarmView } from '../inventory/swarm.view.js';
import type { Container } from '../resources/container.js';
import { isImageAsked } from '../resources/image-name.js';
import type { Network } from '../resources/network.js';
import type { Service, ServicePort } from '../resources/swarm.js';
import { TASK_LABEL } from '../resources/task-labels.js';
import type { ServicePortInput } from './service.inputs.js';

export function toPortSpecs(ports: readonly ServicePortInput[]): ServicePortSpec[] {
  return ports.map(({ targetPort, protocol = 'tcp', publishedPort, publishMode = 'ingress' }) => ({
    targetPort,
    protocol,
    publishMode,
    ...(publishedPort === undefined ? {} : { publishedPort }),
  }));
}

/** The whole of a service as it is to be. */
export function planned(standing: Service, changes: ServiceChanges): ServiceSpec {
  const { name, image, command, replicas, networks, endpointMode, publishedPorts, labels } = standing;
  return {
    name,
    image,
    command,
    replicas,
    networks: networks.map(({ networkId, aliases }) => ({ target: networkId, aliases })),
    endpointMode,
    ports: publishedPorts.map(({ publishedPort, ...port }) => ({ ...port, ...(publishedPort === null ? {} : { publishedPort }) })),
    labels,
    ...changes,
  };
}

/** Whether a service is what was asked for; what the swarm chose by itself does not count, nor does what was not asked for. */
export function isAsAsked(asked: ServiceChanges & { readonly name?: string }, service: Service): boolean {
  const { name, image, command, replicas, networks, endpointMode, ports, labels } = { ...planned(service, {}), ...asked };
  return (
    name === service.name &&
    isImageAsked(image, service) &&
    isDeepStrictEqual(command, service.command) &&
    replicas === service.replicas &&
    endpointMode === service.endpointMode &&
    isDeepStrictEqual(labels, service.labels) &&
    isDeepStrictEqual(places(networks), places(planned(service, {}).networks)) &&
    areAsked(ports, service.publishedPorts)
  );
}

function places(networks: ServiceSpec['networks']): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(networks.map(({ target, aliases }) => [target, new Set(aliases)]));
}

/** Each for one that is published: those first that say where. */
function areAsked(asked: readonly ServicePortSpec[], published: readonly ServicePort[]): boolean {
  const left = [...published];
  const inOrder = [...asked].sort((a, b) => Number(a.publishedPort === undefined) - Number(b.publishedPort === undefined));
  for (const { targetPort, protocol, publishMode, publishedPort } of inOrder) {
    const index = left.findIndex((port) => {
      const isSame = port.targetPort === targetPort && port.protocol === protocol && port.publishMode === publishMode;
      return isSame && (publishedPort === undefined || publishedPort === port.publishedPort);
    });
    if (index < 0) return false;
    left.splice(index, 1);
  }
  return left.length === 0;
}

/** Refuses networks that no service can be on. */
export function requireForServices(network: Network, index: number, engine: string): void {
  const extras = {
    holder: networkPointer(engine, network),
    errors: [{ field: `networks[${index}].network`, message: 'is no network for services' }],
  };
  if (network.ingress) {
    const detail = `Network ${network.name} carries the routing mesh: services are on it by publishing ports, not by being put there.`;
    throw new DomainError('NETWORK_NOT_ATTACHABLE', detail, extras);
  }
  if (network.scope !== 'swarm') {
    const detail = `Network ${network.name} is one of engine ${engine} alone. Services are put on networks of their swarm: driver overlay.`;
    throw new DomainError('NETWORK_NOT_ATTACHABLE', detail, extras);
  }
}

/** Rules that hold whatever stands in the swarm. `given` is what the caller has named of the spec. */
export function checkSpec(spec: ServiceSpec, given: ServiceChanges = spec): void {
  const seen = new Set<string>();
  for (const [index, { target }] of spec.networks.entries()) {
    if (seen.has(target)) throw invalid(`networks[${index}].network`, 'names the same network a second time');
    seen.add(target);
  }
  const ports = new Set<string>();
  for (const [index, { publishMode, publishedPort, targetPort, protocol }] of spec.ports.entries()) {
    if (publishMode === 'ingress' && spec.endpointMode === 'dnsrr') {
      const reason = 'the routing mesh needs a virtual address';
      if (given.ports !== undefined) throw invalid(`publishedPorts[${index}].publishMode`, `must be host where endpointMode is dnsrr: ${reason}`);
      throw invalid('endpointMode', `cannot be dnsrr while port ${targetPort}/${protocol} is published with publishMode ingress: ${reason}`);
    }
    if (publishedPort === undefined) continue;
    const key = `${publishedPort}/${protocol}`;
    if (ports.has(key)) throw invalid(`publishedPorts[${index}].publishedPort`, 'is given twice');
    ports.add(key);
  }
}

/** Refuses a name and ports that another service of the swarm has. */
export function refuseTaken(spec: ServiceSpec, { services, group }: SwarmView, own?: string): void {
  const others = services.filter(({ id }) => id !== own);
  const pointer = ({ id, name }: Service) => ({ kind: 'service', id, name, engine: group.speaker }) as const;
  const namesake = others.find(({ name }) => name === spec.name);
  if (namesake !== undefined) {
    throw new DomainError('SERVICE_NAME_TAKEN', `The swarm has a service named "${spec.name}" already.`, { holder: pointer(namesake) });
  }
  for (const [index, wanted] of spec.ports.entries()) {
    const holder = others.find(({ publishedPorts }) => publishedPorts.some((held) => collides(wanted, held)));
    if (holder !== undefined) throw portInUse(`Service ${holder.name} publishes`, { index, wanted, holder: pointer(holder) });
  }
}

/**
 * Refuses a port on every node that a container has on one of them, whether it runs or could be started again: the swarm
 * would take it, and there it would lead to the one or the other. Containers of tasks are their services' matter.
 */
export function refuseHeldByContainers(ports: readonly ServicePortSpec[], containers: readonly Container[]): void {
  const own = containers.filter(({ labels, state }) => !Object.hasOwn(labels, TASK_LABEL.serviceId) && state !== 'dead' && state !== 'removing');
  for (const [index, wanted] of ports.entries()) {
    if (wanted.publishMode === 'host' || wanted.publishedPort === undefined) continue;
    const holder = own.find(({ publishedPorts }) => publishedPorts.some((held) => held.hostPort === wanted.publishedPort && held.protocol === wanted.protocol));
    if (holder !== undefined) throw portInUse(`Container ${holder.name} of engine ${holder.engine} publishes`, { index, wanted, holder: containerPointer(holder) });
  }
}

function portInUse(who: string, { index, wanted, holder }: { index: number; wanted: ServicePortSpec; holder: ResourcePointer }): DomainError {
  const detail = `${who} port ${wanted.publishedPort}/${wanted.protocol} already. Choose another one, or none, for the swarm to choose.`;
  return new DomainError('PORT_IN_USE', detail, { holder, errors: [{ field: `publishedPorts[${index}].publishedPort`, message: 'is in use' }] });
}

function collides(wanted: ServicePortSpec, held: ServicePort): boolean {
  const isSame = wanted.publishedPort === held.publishedPort && wanted.protocol === held.protocol;
  return isSame && wanted.publishedPort !== undefined && (wanted.publishMode === 'ingress' || held.publishMode === 'ingress');
}

/**
 * Refuses more tasks than a network has addresses for: the swarm would take them, and they would wait for ever without a
 * word. Beside each task, a service with a virtual address needs one, and so does the load balancer of each node.
 */
export function refuseBeyondAddresses(spec: ServiceSpec, networks: readonly Network[], view: SwarmView, standing?: Service): void {
  for (const network of networks) {
    // What waits already waits whatever else is changed: only a change that asks for more addresses can be one too many.
    if (standing !== undefined && !asksForMore(spec, network, standing)) continue;
    // One family being short is enough; where the picture is incomplete nothing can be said.
    const left = freeAddresses(network);
    if (left === null) continue;
    const needed = addressesNeeded(spec, network, view, standing);
    if (BigInt(needed) <= left) continue;
    const ranges = network.ipam.pools.map(({ subnet, ipRange }) => ipRange ?? subnet).join(', ');
    const detail =
      `Service ${spec.name} would need ${needed} more addresses on network ${network.name}, for tasks, its virtual address ` +
      `and the load balancers of nodes: more than are left in ${ranges}. Ask for fewer replicas, or use a larger network.`;
    throw new DomainError('ADDRESS_POOL_EXHAUSTED', detail, { holder: networkPointer(view.group.speaker, network) });
  }
}

/** Of the family that has fewer; null where that is not known. */
function freeAddresses({ ipam: { pools } }: Network): bigint | null {
  if (pools.length === 0 || pools.some(({ usage }) => usage.free === null)) return null;
  const families = [pools.filter(({ subnet }) => !subnet.includes(':')), pools.filter(({ subnet }) => subnet.includes(':'))];
  const sums = families
    .filter((family) => family.length > 0)
    .map((family) => family.reduce((sum, { usage }) => sum + BigInt(usage.free ?? 0), 0n));
  return sums.reduce((least, sum) => (sum < least ? sum : least));
}

function asksForMore({ replicas, endpointMode }: ServiceSpec, { id }: Network, standing: Service): boolean {
  const isNew = standing.networks.every(({ networkId }) => networkId !== id);
  return isNew || (replicas ?? 0) > (standing.replicas ?? 0) || (endpointMode === 'vip' && standing.endpointMode !== 'vip');
}

/** A global service has tasks on those nodes only that its constraints allow, which is told by the tasks that it has. */
function tasksWanted({ replicas }: ServiceSpec, ready: number, { tasks }: SwarmView, standing: Service | undefined): number {
  if (replicas !== null) return replicas;
  if (standing === undefined) return ready;
  return tasks.filter((task) => task.serviceId === standing.id && task.desiredState === 'running' && !hasEnded(task)).length;
}

function addressesNeeded(spec: ServiceSpec, { id }: Network, view: SwarmView, standing: Service | undefined): number {
  const onNetwork = view.tasks.filter((task) => !hasEnded(task) && task.addresses.some(({ networkId }) => networkId === id));
  const ready = view.nodes.filter(({ state, availability }) => state === 'ready' && availability === 'active');
  const wanted = tasksWanted(spec, ready.length, view, standing);
  const tasks = Math.max(0, wanted - onNetwork.filter(({ serviceId }) => serviceId === standing?.id).length);
  const hasVirtual = standing?.virtualAddresses.some(({ networkId }) => networkId === id) ?? false;
  const balanced = new Set(onNetwork.flatMap(({ nodeId }) => nodeId ?? []));
  const nodes = Math.min(tasks, ready.filter((node) => !balanced.has(node.id)).length);
  return tasks + nodes + (spec.endpointMode === 'vip' && !hasVirtual ? 1 : 0);
}

function invalid(field: string, message: string): DomainError {
  return DomainError.invalid(`${field} ${message}.`, { field, message });
}
