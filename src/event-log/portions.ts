import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '../errors/domain.error.js';

/** Of positions in the log: behind one, up to another. */
export interface Range {
  readonly after: number;
  readonly upTo: number;
}

/** What SQLite looks through at a time: it does that in this process, in which nobody else is answered meanwhile. */
const LOOKED_AT_ONCE = 1_000;
const MOST_SCANS = 100;

/** Looks through the log for few events or none, while everybody else is answered as ever. */
export class Portions {
  private turn = Promise.resolve();
  private scans = 0;

  /**
   * Portions after the first are taken in turn with others who do the same, with rests as long as the work. Fails with `RATE_LIMITED` after the
   * first where too many do; what was let in goes on to its end.
   */
  async *of({ after, upTo }: Range): AsyncGenerator<Range, void> {
    let isLetIn = false;
    try {
      for (let from = after; from < upTo; from += LOOKED_AT_ONCE) {
        const began = performance.now();
        yield { after: from, upTo: Math.min(upTo, from + LOOKED_AT_ONCE) };
        if (from + LOOKED_AT_ONCE >= upTo) return;
        if (!isLetIn) this.letIn();
        isLetIn = true;
        await this.rest(performance.now() - began);
      }
    } finally {
      if (isLetIn) this.scans -= 1;
    }
  }

  private letIn(): void {
    if (this.scans >= MOST_SCANS) {
      throw new DomainError('RATE_LIMITED', 'Too many look through the events at the moment. Try again in a second.', { retryAfterSeconds: 1 });
    }
    this.scans += 1;
  }

  private rest(ms: number): Promise<void> {
    this.turn = this.turn.then(() => delay(ms));
    return this.turn;
  }
}
