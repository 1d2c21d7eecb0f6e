import type { Attachment } from './attachment.js';

export const CONTAINER_STATES = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
] as const;
export type ContainerState = (typeof CONTAINER_STATES)[number];

export const TRANSPORT_PROTOCOLS = ['tcp', 'udp', 'sctp'] as const;
export type TransportProtocol = (typeof TRANSPORT_PROTOCOLS)[number];

export interface PublishedPort {
  readonly containerPort: number;
  readonly protocol: TransportProtocol;
  /** Host address that the port is bound to; null where the engine is to choose (all addresses). */
  readonly hostAddress: string | null;
  /** null while the engine has not chosen an ephemeral port yet (the container is not running). */
  readonly hostPort: number | null;
  /** `18000-18010`: one of these is taken at the start. null where one port or any was asked for, and while it runs. */
  readonly hostPortRange: string | null;
}

export interface DnsSettings {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** In place of a network mode that names what its reader does not see. */
export const HIDDEN_MODE = 'hidden';
/** Modes that name nothing. */
export const OWN_MODES: readonly string[] = ['bridge', 'default', 'host', 'none', 'nat'];

/** A Docker container, as far as networking is concerned. */
export interface Container {
  readonly id: string;
  readonly name: string;
  readonly engine: string;
  readonly image: string;
  readonly imageId: string;
  readonly command: readonly string[];
  readonly state: ContainerState;
  /** Of the last run; null while running or never started. */
  readonly exitCode: number | null;
  /** `starting`, `healthy` or `unhealthy`; null without a health check. */
  readonly health: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly hostname: string | null;
  /** A network's name, `bridge`, `host`, `none` or `container:<id>`; `hidden` where it names what the reader does not see. */
  readonly networkMode: string;
  /** In mode `container:<id>` the container whose network stack it lives in: that one's attachments carry its traffic. */
  readonly sharesNetworkOf: string | null;
  readonly dns: DnsSettings;
  /** `name:address` each. */
  readonly extraHosts: readonly string[];
  /** `80/tcp` each. */
  readonly exposedPorts: readonly string[];
  readonly publishedPorts: readonly PublishedPort[];
  /** Legacy links of the default bridge, `container:alias` each. */
  readonly links: readonly string[];
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly attachments: readonly Attachment[];
}
