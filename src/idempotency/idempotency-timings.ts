/** In milliseconds. */
export class IdempotencyTimings {
  /** How long an answer is kept. */
  readonly keepMs: number = 86_400_000;
  readonly pruneMs: number = 3_600_000;
  readonly beatMs: number = 5_000;
  /** Who has not said for so long that it is at it is taken for dead. */
  readonly deadMs: number = 30_000;
}
