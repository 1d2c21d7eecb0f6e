import type { EnginePlatform, SwarmRole } from '../resources/engine.js';
import type { ObservedMembership } from './swarm.observed.js';
import type { NetworkScope } from '../resources/network.js';
import type { ContainerState, DnsSettings, PublishedPort } from '../resources/container.js';

/** What one engine says of itself. */
export interface ObservedEngine {
  readonly version: string;
  /** The version spoken, negotiated: the highest that both sides know. */
  readonly apiVersion: string;
  readonly platform: EnginePlatform;
  readonly networkDrivers: readonly string[];
  readonly swarmRole: SwarmRole;
  /** Its place in a swarm; null while it is in none. */
  readonly membership: ObservedMembership | null;
  /** Pools that networks without a subnet of their own are given from; empty where the engine does not tell. */
  readonly defaultAddressPools: readonly { readonly base: string; readonly size: number }[];
  /** False where it keeps to itself which static addresses an endpoint was asked for with. */
  readonly tellsRequestedAddresses: boolean;
}

export interface ObservedPool {
  readonly subnet: string;
  readonly ipRange: string | null;
  readonly gateway: string | null;
  readonly auxiliaryAddresses: Readonly<Record<string, string>>;
  /** The engine's own count (API 1.52 and later); null on older engines. */
  readonly reported: { readonly inUse: string; readonly free: string } | null;
}

/** An endpoint that a network itself lists: always a live one. */
export interface ObservedNetworkEndpoint {
  readonly containerId: string;
  readonly endpointId: string;
}

/** A network as inspected. */
export interface ObservedNetwork {
  /** The engine's id. */
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly scope: NetworkScope;
  /** bridge, host or none: made by the engine itself. */
  readonly builtin: boolean;
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly ingress: boolean;
  readonly configOnly: boolean;
  readonly configFrom: string | null;
  readonly ipv4Enabled: boolean;
  readonly ipv6Enabled: boolean;
  readonly ipamDriver: string;
  readonly ipamOptions: Readonly<Record<string, string>>;
  readonly pools: readonly ObservedPool[];
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly endpoints: readonly ObservedNetworkEndpoint[];
  /** Addresses that the engine holds here for itself: of load balancers and gateways. */
  readonly ownAddresses: readonly string[];
}

/** One entry of a container's own list of networks, live or merely configured. */
export interface ObservedEndpoint {
  /** The key that the engine files it under: the network's name. */
  readonly networkName: string;
  /** null until the first start on it, and for a phantom. */
  readonly networkId: string | null;
  readonly endpointId: string | null;
  readonly ipv4Address: string | null;
  readonly ipv4PrefixLength: number | null;
  readonly ipv6Address: string | null;
  readonly ipv6PrefixLength: number | null;
  readonly macAddress: string | null;
  readonly gateway: string | null;
  readonly ipv6Gateway: string | null;
  /** As asked for: without the short container id that older engines add. */
  readonly aliases: readonly string[];
  /** null where the engine does not tell (API below 1.44). */
  readonly dnsNames: readonly string[] | null;
  readonly links: readonly string[];
  readonly driverOptions: Readonly<Record<string, string>>;
  /** null where the engine has no such setting (API below 1.48). */
  readonly gatewayPriority: number | null;
  /** Static addresses that were asked for. */
  readonly requestedIpv4Address: string | null;
  readonly requestedIpv6Address: string | null;
}

/** A container as inspected. */
export interface ObservedContainer {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly command: readonly string[];
  readonly state: ContainerState;
  /** The engine's `State.Running`: also true while paused. Only then are addresses to be trusted. */
  readonly running: boolean;
  readonly exitCode: number | null;
  readonly health: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly hostname: string | null;
  /** `bridge`, `host`, `none`, `container:<id>` or a network's name; never `default`. */
  readonly networkMode: string;
  readonly dns: DnsSettings;
  readonly extraHosts: readonly string[];
  readonly exposedPorts: readonly string[];
  readonly publishedPorts: readonly PublishedPort[];
  readonly links: readonly string[];
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endpoints: readonly ObservedEndpoint[];
}

/** The cheap listing: which containers there are and which networks their records name. May lag behind. */
export interface ListedContainer {
  readonly id: string;
  readonly state: string;
  readonly networkNames: readonly string[];
  /** null without a health check; undefined where the listing does not tell (API below 1.52, or it does not run). */
  readonly health?: string | null | undefined;
}

/** One line of the engine's event stream. */
export interface EngineEvent {
  readonly type: string;
  readonly action: string;
  /** The id of the object it is about; empty for prune. */
  readonly actorId: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly scope: string;
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
  /** Nanoseconds since 1970 as decimal digits: it does not fit a double. */
  readonly timeNano: string;
  /** The line as received; two equal lines are one event. */
  readonly raw: string;
}
