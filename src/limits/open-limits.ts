/** How much may be open at once. */
export class OpenLimits {
  /** Event streams over SSE and subscriptions together. */
  readonly streamsPerKey: number = 2_000;
  readonly socketsPerKey: number = 500;
  readonly subscriptionsPerSocket: number = 200;
  /** Of all processes' file descriptors each connection takes one. */
  readonly connections: number = 10_000;
  /** Enough for its streams and WebSockets, and for requests beside them; not all there are. */
  readonly connectionsPerKey: number = 3_000;
  /** Connections over which nobody has shown a valid key yet. */
  readonly strangers: number = 1_000;
}
