/** How long an engine's writer may be silent before another process takes over. In milliseconds. */
export class JournalTimings {
  readonly leaseMs: number = 6_000;
  readonly renewMs: number = 2_000;
  /** How long the first attempt at a lease is waited for before the engine is followed without it. */
  readonly patienceMs: number = 1_000;
  /** How often a process without the lease asks for it. */
  readonly askMs: number = 1_000;
  /** Between attempts to write what could not be written; doubles from one to the next. */
  readonly firstRetryMs: number = 100;
  readonly mostRetryMs: number = 2_000;
  /** Changes that wait for a database that fails; beyond it they are told as differences later. */
  readonly mostWaiting: number = 10_000;
}
