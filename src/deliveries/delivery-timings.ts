/** How deliveries are paced. Times in milliseconds. */
export class DeliveryTimings {
  /** The wait after the first failure doubles from one to the next, up to the most; each is drawn from all of it. */
  readonly firstRetryMs: number = 5_000;
  readonly mostRetryMs: number = 6 * 3_600_000;
  /** After the first attempt. */
  readonly giveUpMs: number = 3 * 86_400_000;
  /** A receiver that answers 429 or 503 may ask for a wait between these. */
  readonly leastRetryAfterMs: number = 1_000;
  readonly mostRetryAfterMs: number = 3_600_000;
  /** So many attempts keep those that follow about the same subject waiting. */
  readonly orderedAttempts: number = 5;
  /** At once to one endpoint, by all processes together. */
  readonly perEndpoint: number = 8;
  /** At once by this process. */
  readonly perProcess: number = 128;
  /** A claim that is not heard of for so long belongs to a process that is gone. */
  readonly leaseMs: number = 30_000;
  /** Between two writes of a busy worker: what is finished meanwhile is noted by the next one together. */
  readonly gatherMs: number = 10;
  /** How often what others left is looked for. */
  readonly pollMs: number = 1_000;
}
