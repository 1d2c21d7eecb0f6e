import type { EndpointMode, NodeAvailability, PublishMode, SwarmNodeRole } from '../resources/swarm.js';
import type { Created } from './docker.gateway.js';
import type { ObservedSwarm } from './swarm.observed.js';

export interface InitSpec {
  readonly advertiseAddress: string;
  readonly listenAddress: string;
  readonly dataPathAddress?: string;
  readonly dataPathPort?: number;
  readonly defaultAddressPools?: readonly string[];
  readonly subnetSize?: number;
}

export interface JoinSpec {
  readonly advertiseAddress: string;
  readonly listenAddress: string;
  readonly dataPathAddress?: string;
  /** `address:port` of managers. */
  readonly managerAddresses: readonly string[];
  readonly token: string;
}

/** Secrets: whoever has one can join. */
export interface JoinTokens {
  readonly manager: string;
  readonly worker: string;
}

export interface ServicePortSpec {
  readonly protocol: string;
  readonly targetPort: number;
  readonly publishedPort?: number;
  readonly publishMode: PublishMode;
}

/** A service as far as networking goes. */
export interface ServiceSpec {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  /** null for one task on each node. */
  readonly replicas: number | null;
  readonly networks: readonly { readonly target: string; readonly aliases: readonly string[] }[];
  readonly endpointMode: EndpointMode;
  readonly ports: readonly ServicePortSpec[];
  readonly labels: Readonly<Record<string, string>>;
}

/** What is to be different of a service. What is absent stays as the engine has it. */
export type ServiceChanges = Partial<Omit<ServiceSpec, 'name'>>;

/** What is to be different of a node. What is absent stays. */
export interface NodeChanges {
  readonly availability?: NodeAvailability;
  readonly role?: SwarmNodeRole;
}

/**
 * The port to the swarm that an engine is in. Only a manager tells and changes it: others fail with
 * `NOT_SWARM_MANAGER`. Fails like `DockerGateway` otherwise.
 */
export abstract class SwarmGateway {
  /** The whole of it, as this manager knows it. */
  abstract inspect(): Promise<ObservedSwarm>;
  /** Makes a swarm with this engine as its manager; answers the id of its node. */
  abstract init(spec: InitSpec): Promise<string>;
  abstract joinTokens(): Promise<JoinTokens>;
  /** Puts this engine into a swarm. */
  abstract join(spec: JoinSpec): Promise<void>;
  /** Takes this engine out of its swarm; `force` also where that ends the swarm or leaves it without a majority. */
  abstract leave(options: { readonly force: boolean }): Promise<void>;

  /** Whatever version the node has by then. */
  abstract updateNode(nodeId: string, changes: NodeChanges): Promise<void>;
  /** `force` also while the node is not down. */
  abstract removeNode(nodeId: string, options: { readonly force: boolean }): Promise<void>;

  abstract createService(spec: ServiceSpec): Promise<Created>;
  /** Fails with `PRECONDITION_FAILED` unless the service still has this version. */
  abstract updateService(id: string, version: number, changes: ServiceChanges): Promise<void>;
  abstract removeService(id: string): Promise<void>;
}
