/** How patient streams are with clients, over SSE and WebSocket alike. In milliseconds. */
export class StreamLimits {
  readonly heartbeatMs: number = 15_000;
  /** How long a client may leave unread what was sent to it; it is dropped then, and may resume after its last cursor. */
  readonly stallMs: number = 30_000;
}
