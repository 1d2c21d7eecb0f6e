export interface BackOffLimits {
  readonly firstMs: number;
  readonly mostMs: number;
  /** A run at least this long was a success: the next failure begins from `firstMs` again. */
  readonly stableMs: number;
}

/** Waits that double from failure to failure, spread by chance so that many do not return at once. */
export class BackOff {
  private failures = 0;

  constructor(private readonly limits: BackOffLimits) {}

  /** How long to wait after a run of this length has failed. */
  nextMs(ranMs: number, random: () => number = Math.random): number {
    if (ranMs >= this.limits.stableMs) this.failures = 0;
    const most = Math.min(this.limits.mostMs, this.limits.firstMs * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 30);
    return most / 2 + (random() * most) / 2;
  }
}
