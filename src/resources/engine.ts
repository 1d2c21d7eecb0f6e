/**
 * `connecting`: the first picture is still being taken. `connected`: the picture follows the engine.
 * `unreachable`: the engine does not answer; what is shown is the last picture, as old as `syncedAt`.
 */
export const ENGINE_STATES = ['connected', 'connecting', 'unreachable'] as const;
export type EngineState = (typeof ENGINE_STATES)[number];

export const SWARM_ROLES = ['none', 'worker', 'manager'] as const;
export type SwarmRole = (typeof SWARM_ROLES)[number];

export interface EnginePlatform {
  readonly name: string | null;
  readonly os: string;
  readonly architecture: string;
  readonly kernelVersion: string | null;
}

export interface EngineCounts {
  readonly networks: number;
  readonly containers: number;
  readonly runningContainers: number;
  readonly attachments: number;
}

/** Who keeps an engine: the settings of the service, or the service itself, which was told of it through its API. */
export const ENGINE_SOURCES = ['settings', 'service'] as const;
export type EngineSource = (typeof ENGINE_SOURCES)[number];

/** How an engine is reached, as far as that may be shown. */
export interface EngineReach {
  readonly endpoint: string;
  readonly source: EngineSource;
  /** Whether the connection is encrypted by TLS. */
  readonly tls: boolean;
  /** Names of what it is reached with, as `tls.key`; the values are never shown. */
  readonly credentials: readonly string[];
  /** Fingerprints of the host keys that its machine may prove itself by over ssh. */
  readonly hostKeys: readonly string[];
}

/** How old an answer about one engine is; accompanies every list. */
export interface EngineFreshness {
  readonly name: string;
  readonly state: EngineState;
  /** When the picture was last known to be true (RFC 3339); null before the first one. */
  readonly syncedAt: string | null;
}

/** A Docker Engine that Fairlead talks to. What only the engine can tell is null until it has been reached. */
export interface Engine extends EngineFreshness, Omit<EngineReach, 'endpoint'> {
  /** null where it is looked after no longer: events of the past lead to it. */
  readonly endpoint: string | null;
  readonly version: string | null;
  /** The Engine API version spoken with it, e.g. `1.41`. */
  readonly apiVersion: string | null;
  readonly platform: EnginePlatform | null;
  readonly networkDrivers: readonly string[];
  readonly ipamDrivers: readonly string[];
  readonly swarmRole: SwarmRole | null;
  /** What keeps it from taking part in its swarm, or, a manager, from telling and changing it; null where nothing does. */
  readonly swarmProblem: string | null;
  /** Why the engine cannot be reached; null while it is connected. */
  readonly problem: string | null;
  readonly counts: EngineCounts;
}
