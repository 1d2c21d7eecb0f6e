import type { BackOffLimits } from './back-off.js';

/** How often the watcher looks by itself. Intervals in milliseconds. */
export class WatchTimings {
  /** A frozen engine keeps its event stream open and silent (engine-facts 0.8), so it is asked. */
  readonly pingMs: number = 3_000;
  /** Lists are compared with the picture: attaching a stopped container raises no event (engine-facts 2.6). */
  readonly reviewMs: number = 10_000;
  /** Every so many reviews everything is inspected anew. */
  readonly reviewsPerFullLook: number = 30;
  /** How long a difference waits for the event that explains it. */
  readonly graceMs: number = 1_500;
  /** How long events whose subjects could not be looked at wait for the engine to be back. */
  readonly patienceMs: number = 60_000;
  /** How long an engine must have been silent for that to be written down. */
  readonly silenceMs: number = 15_000;
  /** How soon a manager is asked after something was heard that concerns its swarm. */
  readonly swarmSoonMs: number = 50;
  /** How often it is asked while tasks are on their way to where they should be; a review comes each 10 s anyway. */
  readonly swarmMotion: BackOffLimits = { firstMs: 1_000, mostMs: 20_000, stableMs: Infinity };
  readonly backOff: BackOffLimits = { firstMs: 200, mostMs: 15_000, stableMs: 30_000 };
}
