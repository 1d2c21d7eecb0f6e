import type { ObservedAddress, ObservedService, ObservedTask } from '../docker/swarm.observed.js';
import { TRANSPORT_PROTOCOLS } from '../resources/container.js';
import {
  ENDPOINT_MODES,
  MANAGER_REACHABILITIES,
  NODE_AVAILABILITIES,
  NODE_STATES,
  type NetworkAddress,
  type Service,
  type Swarm,
  type SwarmNode,
  type Task,
} from '../resources/swarm.js';
import type { SwarmGroup } from './swarm-group.js';

/** States that a task does not leave again. */
const ENDED = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned']);
/** Before a node has been found for it, or while it has no addresses. */
const WAITING = new Set(['new', 'pending']);

export function hasEnded({ state }: Pick<ObservedTask, 'state'>): boolean {
  return ENDED.has(state);
}

export function isWaiting({ state, desiredState }: Pick<ObservedTask, 'state' | 'desiredState'>): boolean {
  return desiredState === 'running' && WAITING.has(state);
}

/** It is not yet as the swarm wants it to be: it is worth another look soon. */
export function isInMotion({ state, desiredState }: Pick<ObservedTask, 'state' | 'desiredState'>): boolean {
  if (hasEnded({ state })) return false;
  return desiredState !== state;
}

/** Everything of one swarm, as its speaker tells it. */
export interface SwarmView {
  readonly group: SwarmGroup;
  readonly swarm: Swarm;
  readonly nodes: readonly SwarmNode[];
  readonly services: readonly Service[];
  readonly tasks: readonly Task[];
}

/** What the networks of a swarm are called. */
export type NetworkNames = (networkId: string) => string | undefined;

export function toSwarmView(group: SwarmGroup, nameOf: NetworkNames): SwarmView {
  const { observed } = group;
  const services = new Map(observed.services.map((service) => [service.id, service]));
  const tasks = observed.tasks.map((task) => toTask(task, services.get(task.serviceId), group));
  return {
    group,
    swarm: toSwarm(group),
    nodes: toNodes(group),
    services: observed.services.map((service) => toService(service, { group, nameOf })),
    tasks,
  };
}

function toSwarm({ observed, engines, managers, trouble }: SwarmGroup): Swarm {
  const { nodes } = observed;
  return {
    id: observed.id,
    engines,
    managers,
    nodeCount: nodes.length,
    readyNodeCount: nodes.filter(({ state }) => state === 'ready').length,
    serviceCount: observed.services.length,
    defaultAddressPools: observed.defaultAddressPools,
    subnetSize: observed.subnetSize,
    dataPathPort: observed.dataPathPort,
    problem: trouble?.problem ?? null,
    staleSince: trouble?.staleSince ?? null,
    createdAt: observed.createdAt,
  };
}

function toNodes({ observed, engineOfNode }: SwarmGroup): SwarmNode[] {
  return observed.nodes.map(({ version: _version, hostname, ...node }) => ({
    ...node,
    swarmId: observed.id,
    name: hostname,
    engine: engineOfNode.get(node.id) ?? null,
    reachability: MANAGER_REACHABILITIES.find((known) => known === node.reachability) ?? null,
    availability: NODE_AVAILABILITIES.find((known) => known === node.availability) ?? 'active',
    state: NODE_STATES.find((known) => known === node.state) ?? 'unknown',
    taskCount: observed.tasks.filter((task) => task.nodeId === node.id && !hasEnded(task)).length,
  }));
}

/** The name that the swarm gives the container of a task. */
export function taskName(task: Pick<ObservedTask, 'id' | 'slot' | 'nodeId'>, serviceName: string): string {
  return [serviceName, task.slot ?? task.nodeId ?? '', task.id].join('.');
}

function toTask(task: ObservedTask, service: ObservedService | undefined, group: SwarmGroup): Task {
  const { networks, ...rest } = task;
  const serviceName = service?.name ?? task.serviceId;
  return {
    ...rest,
    swarmId: group.observed.id,
    name: taskName(task, serviceName),
    serviceName,
    engine: group.engineOfNode.get(task.nodeId ?? '') ?? null,
    addresses: networks.flatMap(({ networkId, networkName, addresses }) =>
      addresses.map((address) => ({ networkId, networkName, ...address })),
    ),
  };
}

interface Surroundings {
  readonly group: SwarmGroup;
  readonly nameOf: NetworkNames;
}

function toService(service: ObservedService, { group, nameOf }: Surroundings): Service {
  const { version: _version, hostAccess: _hostAccess, ports, networks, virtualAddresses, ...rest } = service;
  const own = group.observed.tasks.filter(({ serviceId }) => serviceId === service.id);
  const named = (address: ObservedAddress): NetworkAddress => ({
    ...address,
    networkName: nameOf(address.networkId) ?? address.networkId,
  });
  return {
    ...rest,
    swarmId: group.observed.id,
    runningTasks: own.filter(({ state }) => state === 'running').length,
    networks: networks.map(({ target, predefined, aliases }) => ({ networkId: target, networkName: predefined ?? nameOf(target) ?? target, aliases })),
    endpointMode: ENDPOINT_MODES.find((known) => known === service.endpointMode) ?? 'vip',
    virtualAddresses: virtualAddresses.map(named),
    publishedPorts: ports.map((port) => ({
      ...port,
      protocol: TRANSPORT_PROTOCOLS.find((known) => known === port.protocol) ?? 'tcp',
    })),
    notes: serviceNotes(service, own),
  };
}

function serviceNotes(service: ObservedService, tasks: readonly ObservedTask[]): string[] {
  const wanted = tasks.filter(({ desiredState }) => desiredState === 'running');
  const homeless = wanted.filter(({ state }) => WAITING.has(state));
  const unaddressed = homeless.filter(({ state }) => state === 'new');
  const reasons = [...new Set(homeless.flatMap(({ error }) => error ?? []))];
  const notes: string[] = [];
  if (unaddressed.length > 0 && service.networks.length > 0) {
    notes.push(`${unaddressed.length} of ${wanted.length} tasks have no address: a network of the service may have none left.`);
  }
  if (homeless.length > unaddressed.length) {
    const why = reasons.length === 0 ? 'no node has been found yet' : reasons.join('; ');
    notes.push(`${homeless.length - unaddressed.length} of ${wanted.length} tasks are on no node: ${why}.`);
  }
  return notes;
}
