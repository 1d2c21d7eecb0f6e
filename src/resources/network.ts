export const NETWORK_SCOPES = ['local', 'swarm', 'global'] as const;
export type NetworkScope = (typeof NETWORK_SCOPES)[number];

/** Counts are decimal strings (an IPv6 /64 does not fit a double); null where the picture cannot tell. */
export interface PoolUsage {
  /** Addresses that the pool can give out: its range (or subnet) less the network and broadcast addresses. */
  readonly capacity: string | null;
  readonly inUse: string | null;
  readonly free: string | null;
}

export interface IpamPool {
  readonly subnet: string;
  readonly ipRange: string | null;
  readonly gateway: string | null;
  readonly auxiliaryAddresses: Readonly<Record<string, string>>;
  readonly usage: PoolUsage;
}

export interface Ipam {
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly pools: readonly IpamPool[];
}

/** A Docker network as callers see it. */
export interface Network {
  /** The engine's id; for the engine's own three, which it renews at every start, `<engine>~bridge` and so on. */
  readonly id: string;
  /** The id that the engine itself uses now. */
  readonly engineId: string;
  readonly name: string;
  /** Names of the engines that show it: one, or several for a swarm network. */
  readonly engines: readonly string[];
  readonly driver: string;
  readonly scope: NetworkScope;
  readonly builtin: boolean;
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly ingress: boolean;
  readonly configOnly: boolean;
  readonly configFrom: string | null;
  readonly ipv4Enabled: boolean;
  readonly ipv6Enabled: boolean;
  readonly ipam: Ipam;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: string;
  /** What to know about this kind of network. */
  readonly notes: readonly string[];
  /** Attachments, those of stopped containers included. */
  readonly attachmentCount: number;
}
