import { setTimeout } from 'node:timers/promises';

/**
 * Spreads over time what each subject asks for: whatever it has asked for together, it gets one after the other, and with rests, in which others are
 * served. What is asked for alone is not waited for. Of more than `most` subjects the first are forgotten.
 */
export class Pace {
  /** From when on each may have more, by the clock of `performance`. */
  private readonly freeAt = new Map<string, number>();

  constructor(
    private readonly unitMs: number,
    private readonly most: number,
  ) {}

  /** Waits for its turn, which then takes as long as so many units do. What the same turn `had` before is not waited for. */
  async take(subject: string, units: number, had: number): Promise<void> {
    const now = performance.now();
    const known = this.freeAt.get(subject);
    if (known === undefined && this.freeAt.size >= this.most) this.freeAt.delete(this.freeAt.keys().next().value ?? '');
    const from = Math.max(now, known ?? 0);
    this.freeAt.set(subject, from + units * this.unitMs);
    const waitMs = from - had * this.unitMs - now;
    if (waitMs > 0) await setTimeout(waitMs);
  }
}
