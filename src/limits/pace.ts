import { setTimeout } from 'node:timers/promises';

/**
 * Spreads over time what each subject asks for: whatever it has asked for together, it gets one after the other, and with rests, in which others are
 * served. What is asked for alone is not waited for. Of more than `most` subjects the first are forgotten.
 * Nobody waits longer than `longestMs`.
 */
export class Pace {
  /** From when on each may have more, by the clock of `performance`. */
  private readonly freeAt = new Map<string, number>();

  constructor(
    private readonly unitMs: number,
    private readonly most: number,
    private readonly longestMs: number,
  ) {}

  /**
   * Waits for its turn, which then takes as long as so many units do. What the same turn `had` before is not waited for. false, at once, where it would
   * be too long.
   */
  async take(subject: string, units: number, had: number): Promise<boolean> {
    const now = performance.now();
    const known = this.freeAt.get(subject);
    const from = Math.max(now, known ?? 0);
    const waitMs = from - had * this.unitMs - now;
    if (waitMs > this.longestMs) return false;
    if (known === undefined && this.freeAt.size >= this.most) this.freeAt.delete(this.freeAt.keys().next().value ?? '');
    this.freeAt.set(subject, from + units * this.unitMs);
    if (waitMs > 0) await setTimeout(waitMs);
    return true;
  }
}
