import type { ObservedEngine } from '../../src/docker/observed.js';
import type { ObservedNode, ObservedService, ObservedSwarm, ObservedTask } from '../../src/docker/swarm.observed.js';

const AT = '2026-11-24T08:00:00.000Z';

/** What an engine says of itself that is in a swarm, or in none. */
export function aMember(nodeId: string | null, isManager = false): ObservedEngine {
  return {
    version: '20.10.24',
    apiVersion: '1.41',
    platform: { name: null, os: 'linux', architecture: 'amd64', kernelVersion: '6' },
    networkDrivers: ['bridge', 'host', 'null', 'overlay'],
    swarmRole: nodeId === null ? 'none' : isManager ? 'manager' : 'worker',
    membership: nodeId === null ? null : { nodeId, address: null, managerAddresses: [], problem: null },
    defaultAddressPools: [],
    tellsRequestedAddresses: true,
  };
}

export function anObservedSwarm(changes: Partial<ObservedSwarm> = {}): ObservedSwarm {
  return {
    id: 'swarm'.padEnd(25, '0'),
    createdAt: AT,
    defaultAddressPools: ['10.0.0.0/8'],
    subnetSize: 24,
    dataPathPort: 4789,
    nodes: [],
    services: [],
    tasks: [],
    ...changes,
  };
}

export function anObservedNode(id: string, changes: Partial<ObservedNode> = {}): ObservedNode {
  return {
    id,
    version: 1,
    hostname: 'host',
    role: 'worker',
    availability: 'active',
    state: 'ready',
    message: null,
    address: null,
    leader: false,
    reachability: null,
    managerAddress: null,
    engineVersion: '20.10.24',
    labels: {},
    createdAt: AT,
    updatedAt: AT,
    ...changes,
  };
}

/** A service whose name is its id. */
export function anObservedService(id: string, changes: Partial<ObservedService> = {}): ObservedService {
  return {
    id,
    version: 1,
    name: id,
    image: 'fl-busybox',
    imageDigest: null,
    command: [],
    hostAccess: [],
    mode: 'replicated',
    replicas: 1,
    networks: [],
    endpointMode: 'vip',
    virtualAddresses: [],
    ports: [],
    labels: {},
    updateState: null,
    updateMessage: null,
    createdAt: AT,
    updatedAt: AT,
    ...changes,
  };
}

export function anObservedTask(id: string, changes: Partial<ObservedTask> = {}): ObservedTask {
  return {
    id,
    serviceId: 'web',
    slot: null,
    nodeId: null,
    state: 'running',
    desiredState: 'running',
    message: null,
    error: null,
    containerId: null,
    networks: [],
    createdAt: AT,
    updatedAt: AT,
    ...changes,
  };
}
