import type { TransportProtocol } from './container.js';

export const SWARM_NODE_ROLES = ['manager', 'worker'] as const;
export type SwarmNodeRole = (typeof SWARM_NODE_ROLES)[number];

export const NODE_AVAILABILITIES = ['active', 'pause', 'drain'] as const;
export type NodeAvailability = (typeof NODE_AVAILABILITIES)[number];

export const NODE_STATES = ['unknown', 'down', 'ready', 'disconnected'] as const;
export type NodeState = (typeof NODE_STATES)[number];

export const MANAGER_REACHABILITIES = ['unknown', 'unreachable', 'reachable'] as const;
export type ManagerReachability = (typeof MANAGER_REACHABILITIES)[number];

export const SERVICE_MODES = ['replicated', 'global', 'job'] as const;
export type ServiceMode = (typeof SERVICE_MODES)[number];

/** Those that a service can be made with: jobs are shown only. */
export const STEADY_SERVICE_MODES = ['replicated', 'global'] as const satisfies readonly ServiceMode[];
export type SteadyServiceMode = (typeof STEADY_SERVICE_MODES)[number];

export const ENDPOINT_MODES = ['vip', 'dnsrr'] as const;
export type EndpointMode = (typeof ENDPOINT_MODES)[number];

export const PUBLISH_MODES = ['ingress', 'host'] as const;
export type PublishMode = (typeof PUBLISH_MODES)[number];

/** A swarm, as a manager that we know tells it. */
export interface Swarm {
  readonly id: string;
  /** Names of the engines that we know in it, managers first. */
  readonly engines: readonly string[];
  /** Those of them that are managers. */
  readonly managers: readonly string[];
  readonly nodeCount: number;
  readonly readyNodeCount: number;
  readonly serviceCount: number;
  readonly defaultAddressPools: readonly string[];
  readonly subnetSize: number | null;
  readonly dataPathPort: number | null;
  /** Why it can neither be asked nor changed now, in the engine's words where it had some; null while it can. */
  readonly problem: string | null;
  /** When what is shown was last told by a manager; null while one tells. */
  readonly staleSince: string | null;
  readonly createdAt: string;
}

/** A host in a swarm. */
export interface SwarmNode {
  readonly id: string;
  readonly swarmId: string;
  /** Its host name: several nodes may have the same one. */
  readonly name: string;
  /** Name of the engine, where it is one that we know. */
  readonly engine: string | null;
  readonly role: SwarmNodeRole;
  readonly leader: boolean;
  /** Whether the managers reach this one; null for a worker. */
  readonly reachability: ManagerReachability | null;
  readonly availability: NodeAvailability;
  readonly state: NodeState;
  /** Why it is not ready; null when the swarm gives no reason. */
  readonly message: string | null;
  readonly address: string | null;
  readonly managerAddress: string | null;
  readonly engineVersion: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly taskCount: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ServiceNetwork {
  readonly networkId: string;
  readonly networkName: string;
  readonly aliases: readonly string[];
}

/** An address on a network. */
export interface NetworkAddress {
  readonly networkId: string;
  readonly networkName: string;
  readonly address: string;
  readonly prefixLength: number | null;
}

export interface ServicePort {
  readonly targetPort: number;
  readonly protocol: TransportProtocol;
  readonly publishedPort: number | null;
  readonly publishMode: PublishMode;
}

/** A service of a swarm, as far as networking is concerned. */
export interface Service {
  readonly id: string;
  readonly swarmId: string;
  readonly name: string;
  readonly image: string;
  /** null where the image is not pinned to one. */
  readonly imageDigest: string | null;
  readonly command: readonly string[];
  readonly mode: ServiceMode;
  readonly replicas: number | null;
  readonly runningTasks: number;
  readonly networks: readonly ServiceNetwork[];
  readonly endpointMode: EndpointMode;
  readonly virtualAddresses: readonly NetworkAddress[];
  readonly publishedPorts: readonly ServicePort[];
  readonly labels: Readonly<Record<string, string>>;
  /** Of a rolling update, in the swarm's words; null where there was none. */
  readonly updateState: string | null;
  readonly updateMessage: string | null;
  /** What to know: tasks that cannot be placed, networks without a free address. */
  readonly notes: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One container's worth of a service. */
export interface Task {
  readonly id: string;
  readonly swarmId: string;
  /** As the container is called: `<service>.<slot>.<id>`. */
  readonly name: string;
  readonly serviceId: string;
  readonly serviceName: string;
  readonly slot: number | null;
  readonly nodeId: string | null;
  /** Name of the engine that it runs on, where it is one that we know. */
  readonly engine: string | null;
  /** new, pending, assigned, accepted, preparing, ready, starting, running, complete, shutdown, failed, rejected, remove, orphaned. */
  readonly state: string;
  readonly desiredState: string;
  readonly message: string | null;
  readonly error: string | null;
  readonly containerId: string | null;
  readonly addresses: readonly NetworkAddress[];
  readonly createdAt: string;
  readonly updatedAt: string;
}
