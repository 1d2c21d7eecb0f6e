import type {
  EngineEvent,
  ListedContainer,
  ObservedContainer,
  ObservedEngine,
  ObservedNetwork,
} from './observed.js';
import type { PublishedPort } from '../resources/container.js';
import type { SwarmGateway } from './swarm.gateway.js';

/** Settings of a place on a network; absent means the engine's default. */
export interface EndpointSpec {
  readonly ipv4Address?: string;
  readonly ipv6Address?: string;
  readonly macAddress?: string;
  readonly aliases?: readonly string[];
  readonly links?: readonly string[];
  readonly driverOptions?: Readonly<Record<string, string>>;
  readonly gatewayPriority?: number;
}

export interface PoolSpec {
  readonly subnet?: string;
  readonly ipRange?: string;
  readonly gateway?: string;
  readonly auxiliaryAddresses?: Readonly<Record<string, string>>;
}

export interface NetworkSpec {
  readonly name: string;
  readonly driver: string;
  readonly scope?: string;
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly ingress: boolean;
  readonly configOnly: boolean;
  readonly configFrom?: string;
  readonly ipv4Enabled: boolean;
  readonly ipv6Enabled: boolean;
  readonly ipamDriver: string;
  readonly ipamOptions: Readonly<Record<string, string>>;
  readonly pools: readonly PoolSpec[];
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ContainerSpec {
  /** The engine invents one where absent. */
  readonly name?: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly hostname?: string;
  /** `bridge`, `host`, `none`, `container:<id>` or a network's name. */
  readonly networkMode: string;
  /** Settings on the network that `networkMode` names. */
  readonly endpoint?: EndpointSpec;
  readonly dnsServers: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly extraHosts: readonly string[];
  readonly exposedPorts: readonly string[];
  readonly publishedPorts: readonly PublishedPort[];
  readonly links: readonly string[];
}

export interface Created {
  readonly id: string;
  readonly warnings: readonly string[];
}

/** What an engine remembers from some time on. */
export interface RememberedEvents {
  readonly events: readonly EngineEvent[];
  /** It remembers something from before that time, too: nothing that happened since is missing. */
  readonly isComplete: boolean;
}

/** An open event stream. Ends when the engine goes away, when it stalls or when `close` is called. */
export interface EngineEventStream extends AsyncIterable<EngineEvent> {
  /** Why it ended; null while it is open. */
  readonly endReason: string | null;
  /** May be called more than once. */
  close(): void;
}

/**
 * The port to one engine, in our own vocabulary. Ids are the engine's own. Every call has a time limit.
 *
 * Failures are `DomainError`s: `ENGINE_UNREACHABLE` (nobody answers), `ENGINE_TIMEOUT` (with `outcome: unknown` for
 * commands), `ENGINE_ERROR` (an answer that makes no sense), or what the engine refused, by the table in
 * `docker.errors.ts`. `inspect…` answers undefined for what is not there. Commands are not retried.
 */
export abstract class DockerGateway {
  /** The name that the service gives this engine. */
  abstract readonly engine: string;
  /** The swarm that the engine is in. */
  abstract readonly swarm: SwarmGateway;

  /** Reaches the engine, agrees on an API version (at least 1.41) and tells what it is. */
  abstract connect(): Promise<ObservedEngine>;
  /**
   * Answers the engine's time within a short limit (null where it does not tell), or fails: a stream that is silent may
   * hang on a frozen engine.
   */
  abstract ping(): Promise<Date | null>;
  /** Resolves once the engine has accepted the subscription, so that a listing taken after it misses nothing. */
  abstract openEvents(): Promise<EngineEventStream>;

  /**
   * Events that the engine still remembers, from this time on (nanoseconds since 1970, inclusive), in order. It keeps
   * 256, those of kinds that nobody follows included, and none from before its start. Of an engine that remembers far more
   * only the last moments are told where everything is asked for (0).
   */
  abstract rememberedEvents(sinceNano: string): Promise<RememberedEvents>;

  abstract listNetworkIds(): Promise<readonly string[]>;
  abstract inspectNetwork(id: string): Promise<ObservedNetwork | undefined>;
  abstract createNetwork(spec: NetworkSpec): Promise<Created>;
  abstract removeNetwork(id: string): Promise<void>;

  abstract listContainers(): Promise<readonly ListedContainer[]>;
  /** Containers, stopped ones included, whose own record names this network; asked of the engine. */
  abstract listContainerIdsOnNetwork(network: { id: string; name: string }): Promise<readonly string[]>;
  abstract inspectContainer(id: string): Promise<ObservedContainer | undefined>;
  abstract imageExists(image: string): Promise<boolean>;
  /** Fetches an image from its registry. Fails with `IMAGE_NOT_FOUND`. */
  abstract pullImage(image: string): Promise<void>;
  abstract createContainer(spec: ContainerSpec): Promise<Created>;
  abstract startContainer(id: string): Promise<void>;
  abstract stopContainer(id: string, graceSeconds?: number): Promise<void>;
  abstract restartContainer(id: string, graceSeconds?: number): Promise<void>;
  abstract pauseContainer(id: string): Promise<void>;
  abstract unpauseContainer(id: string): Promise<void>;
  /** `force` ends it first where it runs; `volumes` takes its anonymous volumes along. */
  abstract removeContainer(id: string, options: { force: boolean; volumes?: boolean }): Promise<void>;

  abstract connectContainer(networkId: string, containerId: string, endpoint: EndpointSpec): Promise<void>;
  abstract disconnectContainer(networkId: string, containerId: string, options: { force: boolean }): Promise<void>;

  /** Ends every open connection. */
  abstract close(): Promise<void>;
}
