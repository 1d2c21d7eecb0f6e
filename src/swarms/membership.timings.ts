/** How long changes of a swarm's nodes are waited for. In milliseconds. */
export class MembershipTimings {
  readonly lookEveryMs: number = 100;
  /** A node that joined is ready within a second or two; hosts that are busy take longer. */
  readonly readyWithinMs: number = 30_000;
  /**
   * A worker becomes a manager within two seconds, and a leader a worker within ten; but a node that has just ceased to be
   * a manager asks for its new certificate half a minute later (seen on 20.10).
   */
  readonly roleWithinMs: number = 45_000;
}
