/** How long the engine may take to answer. */
export interface GatewayTimeouts {
  readonly pingMs: number;
  readonly readMs: number;
  readonly commandMs: number;
  /** Beyond the grace that a container gets to end by itself. */
  readonly stopMs: number;
  readonly pullMs: number;
}

export const DEFAULT_TIMEOUTS: GatewayTimeouts = {
  pingMs: 3_000,
  readMs: 10_000,
  commandMs: 60_000,
  stopMs: 30_000,
  pullMs: 600_000,
};

/** What a container is granted where a stop names no time. */
export const DEFAULT_GRACE_SECONDS = 10;
