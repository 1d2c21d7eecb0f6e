import type { PublishMode, ServiceMode, SwarmNodeRole } from '../resources/swarm.js';

/** What an engine says of its own place in a swarm. */
export interface ObservedMembership {
  readonly nodeId: string;
  /** Where other nodes reach it; null where the engine does not tell. */
  readonly address: string | null;
  /** Managers that it knows, as `address:port`. */
  readonly managerAddresses: readonly string[];
  /** What keeps it from taking part, in the engine's words. */
  readonly problem: string | null;
}

export interface ObservedNode {
  readonly id: string;
  readonly version: number;
  readonly hostname: string;
  readonly role: SwarmNodeRole;
  readonly availability: string;
  readonly state: string;
  readonly message: string | null;
  readonly address: string | null;
  readonly leader: boolean;
  /** null for a worker. */
  readonly reachability: string | null;
  readonly managerAddress: string | null;
  readonly engineVersion: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const PREDEFINED_NETWORKS = ['host', 'bridge'] as const;
export type PredefinedNetwork = (typeof PREDEFINED_NETWORKS)[number];

export interface ObservedServiceNetwork {
  /** The network's id; a name where the service was made with one on an old engine. */
  readonly target: string;
  /** Its name where every node has one of its own in its place, which no list tells of; null for a network of the swarm. */
  readonly predefined: PredefinedNetwork | null;
  readonly aliases: readonly string[];
}

export interface ObservedServicePort {
  readonly protocol: string;
  readonly targetPort: number;
  /** null while the swarm has not chosen one. */
  readonly publishedPort: number | null;
  readonly publishMode: PublishMode;
}

export interface ObservedAddress {
  readonly networkId: string;
  /** Without its prefix length. */
  readonly address: string;
  readonly prefixLength: number | null;
}

export interface ObservedService {
  readonly id: string;
  /** To be named when it is updated. */
  readonly version: number;
  readonly name: string;
  /** Without its digest. */
  readonly image: string;
  /** null where it is not pinned to one. */
  readonly imageDigest: string | null;
  readonly command: readonly string[];
  /** What its tasks have of their host that no service made here has; whoever says what runs in them has it as well. */
  readonly hostAccess: readonly string[];
  readonly mode: ServiceMode;
  /** How many tasks are wanted; null for a service that has one on each node. */
  readonly replicas: number | null;
  readonly networks: readonly ObservedServiceNetwork[];
  readonly endpointMode: string;
  readonly virtualAddresses: readonly ObservedAddress[];
  readonly ports: readonly ObservedServicePort[];
  readonly labels: Readonly<Record<string, string>>;
  readonly updateState: string | null;
  readonly updateMessage: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ObservedTaskNetwork {
  readonly networkId: string;
  readonly networkName: string;
  readonly addresses: readonly Omit<ObservedAddress, 'networkId'>[];
}

export interface ObservedTask {
  readonly id: string;
  readonly serviceId: string;
  /** null for a task of a service that has one on each node. */
  readonly slot: number | null;
  /** null while no node has been found for it. */
  readonly nodeId: string | null;
  readonly state: string;
  readonly desiredState: string;
  readonly message: string | null;
  readonly error: string | null;
  readonly containerId: string | null;
  readonly networks: readonly ObservedTaskNetwork[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A swarm as one of its managers tells it. */
export interface ObservedSwarm {
  readonly id: string;
  readonly createdAt: string;
  /** Pools that networks without a subnet of their own are given from. */
  readonly defaultAddressPools: readonly string[];
  readonly subnetSize: number | null;
  readonly dataPathPort: number | null;
  readonly nodes: readonly ObservedNode[];
  readonly services: readonly ObservedService[];
  readonly tasks: readonly ObservedTask[];
}
