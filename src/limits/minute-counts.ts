export interface Budget {
  /** Requests a minute. */
  readonly limit: number;
  readonly remaining: number;
  readonly isSpent: boolean;
  /** Until it is whole again. */
  readonly resetSeconds: number;
}

const MINUTE_MS = 60_000;

/**
 * Requests by whom they came from, in the present minute of the clock: all processes have the same minutes, so that what they
 * counted can be added up. Of more than `most` the first are forgotten: memory has an end, addresses have none.
 */
export class MinuteCounts {
  private present = 0;
  private own = new Map<string, number>();
  private elsewhere: ReadonlyMap<string, number> = new Map();

  constructor(
    readonly limit: number,
    private readonly most: number,
  ) {}

  get minute(): number {
    this.turn();
    return this.present;
  }

  /** Counts as many more. */
  spend(subject: string, units: number): Budget {
    this.turn();
    const known = this.own.get(subject);
    if (known === undefined && this.own.size >= this.most) this.own.delete(this.own.keys().next().value ?? '');
    this.own.set(subject, (known ?? 0) + units);
    return this.look(subject);
  }

  look(subject: string): Budget {
    this.turn();
    const count = (this.own.get(subject) ?? 0) + (this.elsewhere.get(subject) ?? 0);
    return {
      limit: this.limit,
      remaining: Math.max(0, this.limit - count),
      isSpent: count > this.limit,
      resetSeconds: Math.max(1, Math.ceil(((this.present + 1) * MINUTE_MS - Date.now()) / 1_000)),
    };
  }

  /** Those that count a share of the limit at least: few, whatever comes. */
  notable(share: number): ReadonlyMap<string, number> {
    this.turn();
    return new Map([...this.own].filter(([, count]) => count >= this.limit * share));
  }

  /** What other processes have counted in this minute. */
  hear(minute: number, counts: ReadonlyMap<string, number>): void {
    if (minute === this.minute) this.elsewhere = counts;
  }

  private turn(): void {
    const minute = Math.floor(Date.now() / MINUTE_MS);
    if (minute === this.present) return;
    this.present = minute;
    this.own = new Map();
    this.elsewhere = new Map();
  }
}
